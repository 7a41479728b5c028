import TensorCore

/// An ordered dictionary from parameter names to tensors: what a checkpoint holds.
public struct StateDict: Sendable {
  /// Names in the order of insertion.
  public private(set) var names: [String] = []
  /// Free text stored beside the tensors.
  public var metadata: [String: String]
  private var tensors: [String: Tensor] = [:]

  public init(metadata: [String: String] = [:]) { self.metadata = metadata }

  /// Later pairs replace earlier ones of the same name.
  public init(_ pairs: some Sequence<(String, Tensor)>, metadata: [String: String] = [:]) {
    self.init(metadata: metadata)
    for (name, tensor) in pairs { self[name] = tensor }
  }

  /// Number of tensors.
  public var count: Int { names.count }
  public var isEmpty: Bool { names.isEmpty }
  /// Number of elements of all tensors together.
  public var totalElements: Int { tensors.values.reduce(0) { $0 + $1.count } }

  /// Assigning nil removes the entry; replacing a tensor keeps its place in the order.
  public subscript(name: String) -> Tensor? {
    get { tensors[name] }
    set {
      let old = tensors[name]
      tensors[name] = newValue
      switch (old, newValue) {
      case (nil, .some): names.append(name)
      case (.some, nil): names.removeAll { $0 == name }
      default: break
      }
    }
  }

  public func contains(_ name: String) -> Bool { tensors[name] != nil }

  /// The entries of both; where a name or metadata key is in both, that of `other` counts.
  public func merging(_ other: StateDict) -> StateDict {
    var result = self
    for (name, tensor) in other { result[name] = tensor }
    result.metadata.merge(other.metadata) { $1 }
    return result
  }

  /// The same tensors under other names; two tensors must not end up under one name.
  public func renamed(_ rename: (String) -> String) throws(CheckpointError) -> StateDict {
    var result = StateDict(metadata: metadata)
    for (name, tensor) in self {
      let newName = rename(name)
      guard !result.contains(newName) else {
        throw .unmappable(scheme: "New", names: [newName], problem: "two tensors would share one name")
      }
      result[newName] = tensor
    }
    return result
  }

  /// The entries whose names satisfy a condition, with all metadata.
  public func filter(_ isIncluded: (String) -> Bool) -> StateDict {
    var result = StateDict(metadata: metadata)
    for (name, tensor) in self where isIncluded(name) { result[name] = tensor }
    return result
  }

  /// The same entries with each tensor replaced by what `transform` makes of it.
  public func mapValues<Failure: Error>(
    _ transform: (Tensor) throws(Failure) -> Tensor
  ) throws(Failure) -> StateDict {
    var result = self
    for (name, tensor) in self { result.tensors[name] = try transform(tensor) }
    return result
  }
}

extension StateDict: Sequence {
  public struct Iterator: IteratorProtocol {
    private let tensors: [String: Tensor]
    private var names: IndexingIterator<[String]>

    fileprivate init(_ state: StateDict) {
      tensors = state.tensors
      names = state.names.makeIterator()
    }

    public mutating func next() -> (name: String, tensor: Tensor)? {
      guard let name = names.next(), let tensor = tensors[name] else { return nil }
      return (name, tensor)
    }
  }

  public func makeIterator() -> Iterator { Iterator(self) }
  public var underestimatedCount: Int { names.count }
}

extension StateDict: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, Tensor)...) { self.init(elements) }
}

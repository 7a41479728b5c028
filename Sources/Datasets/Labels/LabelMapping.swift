/// Where the classes of a dataset lie in the class list of a head.
///
/// A shift often has a part of the head's classes; scored over `subset`, only those compete for an image.
public struct LabelMapping: Sendable, Equatable {
  /// For each class of the dataset, its index in the head.
  public let headIndices: [Int]
  /// Number of classes of the head.
  public let headCount: Int

  /// Finds every class of `dataset` in `head`: by identifier where all are found so, otherwise by name.
  ///
  /// A name that several classes share (ImageNet has two) is resolved by order, if both lists have it as often.
  public init(from dataset: [DatasetClass], to head: [DatasetClass]) throws(DatasetError) {
    headCount = head.count
    if let byID = Self.matchByID(dataset, head) {
      headIndices = byID
      return
    }
    let lookup = ClassLookup(head)
    var timesSeen: [String: Int] = [:]
    let repeats = Dictionary(dataset.map { ($0.name, 1) }, uniquingKeysWith: +)
    var unknown: [String] = []
    var indices: [Int] = []
    for one in dataset {
      let found = lookup.candidates(for: one.name)
      let seen = timesSeen[one.name, default: 0]
      timesSeen[one.name] = seen + 1
      if found.isEmpty {
        unknown.append("'\(one.name)'" + lookup.suggestion(for: one.name))
      } else if found.count == 1 && seen == 0 {
        indices.append(found[0])
      } else if found.count == repeats[one.name] {
        indices.append(found[seen])
      } else {
        throw .unknownClasses(
          "class '\(one.name)' occurs \(repeats[one.name] ?? 0) times in the dataset and \(found.count) times in the "
            + "head: give both class identifiers")
      }
    }
    guard unknown.isEmpty else {
      throw .unknownClasses(
        "\(unknown.count) of the dataset's \(dataset.count) classes are unknown to the model's head: "
          + unknown.prefix(5).joined(separator: ", ") + (unknown.count > 5 ? ", …" : "")
          + "; name the classes as the head does")
    }
    guard Set(indices).count == indices.count else {
      let twice =
        Dictionary(grouping: indices.indices, by: { indices[$0] }).values.first { $0.count > 1 } ?? []
      throw .unknownClasses(
        "several classes of the dataset (\(twice.map { "'\(dataset[$0].name)'" }.joined(separator: ", "))) are one "
          + "class of the head")
    }
    headIndices = indices
  }

  /// Finds every class name of `dataset` in `head`.
  public init(from dataset: [String], to head: [String]) throws(DatasetError) {
    try self.init(
      from: dataset.map { DatasetClass(id: $0, name: $0) }, to: head.map { DatasetClass(id: $0, name: $0) })
  }

  /// Whether both lists are the same classes in the same order.
  public var isIdentity: Bool { headCount == headIndices.count && headIndices == Array(0..<headCount) }

  /// The classes of the head that compete when only the dataset's do; nil when these are all of them.
  public var subset: [Int]? { headIndices.count == headCount ? nil : headIndices }

  /// The head's class indices for labels of the dataset.
  public func targets(for labels: [Int32]) throws(DatasetError) -> [Int32] {
    if let bad = labels.first(where: { !headIndices.indices.contains(Int($0)) }) {
      throw .badRequest("label \(bad) is not among the dataset's \(headIndices.count) classes")
    }
    return labels.map { Int32(headIndices[Int($0)]) }
  }

  private static func matchByID(_ dataset: [DatasetClass], _ head: [DatasetClass]) -> [Int]? {
    var positions: [String: Int] = [:]
    for (index, one) in head.enumerated() where positions.updateValue(index, forKey: one.id) != nil {
      return nil
    }
    let indices = dataset.compactMap { positions[$0.id] }
    return indices.count == dataset.count && Set(indices).count == indices.count ? indices : nil
  }
}

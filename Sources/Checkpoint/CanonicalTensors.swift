import TensorCore

/// The tensors of a checkpoint under canonical names, whatever known scheme it came in, each read when it is asked for.
///
/// What a name is made of, such as query, key and value, is read then; nothing is kept.
public struct CanonicalTensors: Sendable {
  /// Canonical names, in the order of the checkpoint.
  public let names: [String]
  /// Names in the file.
  public var storedNames: [String] { file.names }
  public var metadata: [String: String] { file.metadata }
  private let file: any TensorFile
  private let scheme: any KeyMap.Type
  private let entries: [String: Entry]

  private struct Entry: Sendable {
    /// Names in the file.
    var sources: [String]
    var shape: [Int] = []
    var type: SafetensorsType?
  }

  /// Throws if the tensors follow no known scheme, or one that is made of several is not whole.
  public init(_ file: any TensorFile) throws(CheckpointError) {
    let kept = try Wrappers.kept(of: file.names) { file.shape(of: $0)?.reduce(1, *) }
    scheme = try KeyMapRegistry.knownScheme(of: kept.map(Wrappers.stripped))
    var names: [String] = []
    var entries: [String: Entry] = [:]
    for stored in kept {
      guard let name = scheme.canonicalName(of: Wrappers.stripped(stored)) else { continue }
      if entries[name] == nil { names.append(name) }
      entries[name, default: Entry(sources: [])].sources.append(stored)
    }
    self.file = file
    self.names = names
    for name in names {
      guard let sources = entries[name]?.sources else { continue }
      entries[name]?.shape = try Self.shape(of: name, sources, in: file, scheme)
      entries[name]?.type = sources.first.flatMap(file.storedType)
    }
    self.entries = entries
  }

  public func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// The type in the file; of several that a tensor is made of, the first one's.
  public func storedType(of name: String) -> SafetensorsType? { entries[name]?.type }

  /// A tensor as stored but for its name and layout.
  public func tensor(_ name: String) throws(CheckpointError) -> Tensor {
    var parts = StateDict()
    for source in entries[name]?.sources ?? [] { parts[Wrappers.stripped(source)] = try file.tensor(source) }
    guard let tensor = try scheme.toCanonical(parts)[name] else {
      throw .missingTensor(file: file.url.path, name: name)
    }
    return tensor
  }

  /// Follows from what the scheme makes of tensors of these shapes but for their last extent, which is 0: they have no
  /// elements.
  private static func shape(
    of name: String, _ sources: [String], in file: any TensorFile, _ scheme: any KeyMap.Type
  ) throws(CheckpointError) -> [Int] {
    var outlines = StateDict()
    var last: Int?
    for source in sources {
      guard var shape = file.shape(of: source) else {
        throw .missingTensor(file: file.url.path, name: source)
      }
      if shape.count > 1, !shape.contains(0) {
        guard last == nil || last == shape.last else {
          throw .unmappable(scheme: scheme.name, names: sources, problem: "they must be of one shape")
        }
        last = shape.last
        shape[shape.count - 1] = 0
      }
      outlines[Wrappers.stripped(source)] = Tensor(uninitialized: shape, dtype: .u8)
    }
    guard let outline = try scheme.toCanonical(outlines)[name] else {
      throw .missingTensor(file: file.url.path, name: name)
    }
    return outline.shape.map { $0 == 0 ? last ?? 0 : $0 }
  }
}

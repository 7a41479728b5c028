import TensorCore

/// Every parameter of a model, in the order of construction.
public final class ParameterStore {
  public private(set) var parameters: [Parameter] = []
  private var byPath: [String: Parameter] = [:]

  public init() {}

  public subscript(path: String) -> Parameter? { byPath[path] }

  /// - Precondition: the path is new.
  func add(_ parameter: Parameter) {
    precondition(
      byPath.updateValue(parameter, forKey: parameter.path) == nil, "\(parameter.path) built twice")
    parameters.append(parameter)
  }

  /// Removes what was built under the given paths.
  func remove(_ paths: Set<String>) {
    parameters.removeAll { paths.contains($0.path) }
    for path in paths { byPath[path] = nil }
  }

  public var trainable: [Parameter] { parameters.filter(\.isTrainable) }
}

/// Supplies the values of parameters while a model is being built: a file, or a seeded start.
public protocol ParameterSource: AnyObject {
  /// The value for `path`; a source that cannot supply it notes the failure, to be thrown once all are known before
  /// the model is used, and gives an empty tensor in its place.
  func tensor(path: String, shape: [Int], initializer: Initializer) -> Tensor
}

/// A seeded start: each parameter's values depend on the seed and its path, not on the order of construction.
public final class SeededSource: ParameterSource {
  private let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  public func tensor(path: String, shape: [Int], initializer: Initializer) -> Tensor {
    initializer.tensor(shape: shape, seed: SeededRandom.seed(seed, named: path))
  }
}

/// A place in the tree of names: building a module in a scope names its parameters.
public struct ParameterScope {
  public let store: ParameterStore
  private let source: any ParameterSource
  public let path: String

  public init(store: ParameterStore, source: any ParameterSource, path: String = "") {
    self.store = store
    self.source = source
    self.path = path
  }

  /// The scope `name` below this one; names may hold dots.
  public subscript(name: String) -> ParameterScope {
    ParameterScope(store: store, source: source, path: join(name))
  }

  /// Builds and registers the parameter `name`.
  public func parameter(
    _ name: String, _ shape: [Int], _ initializer: Initializer, trainable: Bool = false,
    rateFactor: Float = 1
  ) -> Parameter {
    let path = join(name)
    let value = source.tensor(path: path, shape: shape, initializer: initializer)
    let parameter = Parameter(path: path, value: value, trainable: trainable, rateFactor: rateFactor)
    store.add(parameter)
    return parameter
  }

  private func join(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}

import Checkpoint
import TensorCore

/// The weights of one model that takes part in a merge, under canonical names, each read when it is asked for.
public struct MergeInput {
  /// What the model is called in errors and records: a path.
  public let label: String
  /// In the order of the model.
  public private(set) var names: [String] = []
  private var entries: [String: Entry] = [:]

  private struct Entry {
    let shape: [Int]
    let isFloatingPoint: Bool
    let read: () throws -> Tensor
  }

  /// Tensors of a file.
  public init(_ label: String, _ tensors: CanonicalTensors) {
    self.label = label
    for name in tensors.names {
      guard let shape = tensors.shape(of: name) else { continue }
      let type = tensors.storedType(of: name)?.tensorType
      // What is of no known type is an error when it is read.
      add(
        name, Entry(shape: shape, isFloatingPoint: type?.isFloatingPoint ?? true) { try tensors.tensor(name) }
      )
    }
  }

  /// Tensors in memory.
  public init(_ label: String, _ state: StateDict = [:]) {
    self.label = label
    add(state)
  }

  /// Adds tensors in memory to what there is.
  public mutating func add(_ state: StateDict) {
    for (name, tensor) in state {
      add(name, Entry(shape: tensor.shape, isFloatingPoint: tensor.dtype.isFloatingPoint) { tensor })
    }
  }

  /// Adds a tensor of zeros for each that another model has and this one has not.
  public mutating func fill(as other: MergeInput) {
    for name in other.names where entries[name] == nil {
      guard let shape = other.shape(of: name) else { continue }
      add(name, Entry(shape: shape, isFloatingPoint: other.isFloatingPoint(name)) { Tensor(zeros: shape) })
    }
  }

  /// The same model without some of its tensors.
  public func filter(_ isIncluded: (String) -> Bool) -> MergeInput {
    var result = MergeInput(label)
    for name in names where isIncluded(name) { if let entry = entries[name] { result.add(name, entry) } }
    return result
  }

  private mutating func add(_ name: String, _ entry: Entry) {
    if entries.updateValue(entry, forKey: name) == nil { names.append(name) }
  }

  public func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// Whether a tensor holds weights, and no integers.
  public func isFloatingPoint(_ name: String) -> Bool { entries[name]?.isFloatingPoint ?? false }

  /// A tensor as it is stored.
  public func tensor(_ name: String) throws -> Tensor {
    guard let entry = entries[name] else { throw CheckpointError.missingTensor(file: label, name: name) }
    return try entry.read()
  }

  /// A tensor's weights in `f32`. Throws where one is no finite number.
  public func weights(_ name: String) throws -> Tensor {
    let stored = try tensor(name)
    guard let weights = stored.convertedToFloat() else {
      throw CheckpointError.badTensor(
        file: label, name: name, problem: "it holds integers where weights were described")
    }
    guard weights.isFinite else { throw WiSEError.notFinite(file: label, tensor: name) }
    return weights
  }

  /// What keeps the tensors of two models from being combined, by name.
  func differences(from other: MergeInput) -> [TensorDifference] {
    var differences: [TensorDifference] = []
    for name in names {
      guard let shape = shape(of: name), let otherShape = other.shape(of: name) else {
        differences.append(TensorDifference(name: name, reason: .onlyInFirst))
        continue
      }
      if shape != otherShape {
        differences.append(TensorDifference(name: name, reason: .shapes(shape, otherShape)))
      } else if isFloatingPoint(name) != other.isFloatingPoint(name) {
        differences.append(
          TensorDifference(name: name, reason: .kinds(firstIsFloatingPoint: isFloatingPoint(name))))
      }
    }
    for name in other.names where entries[name] == nil {
      differences.append(TensorDifference(name: name, reason: .onlyInSecond))
    }
    return differences
  }
}

import CLIPCore
import Checkpoint
import NN
import PEFT
import TensorCore

extension ImageClassifier {
  /// Applies a method: marks what trains in the tower, adds the method's modules, and makes the head trainable.
  public func adapt(with method: any FineTuningMethod, seed: UInt64) {
    method.attach(to: vision, parameters: towerParameters, root: moduleScope(seed: seed))
    for parameter in headParameters { parameter.isTrainable = true }
  }

  /// Parameters that train, without the head.
  public var tunedParameters: [Parameter] {
    store.trainable.filter { !Self.headPaths.contains($0.path) }
  }

  /// What a run saves: every trained parameter, the head included, by name.
  public func tunedState() -> StateDict { store.state(where: \.isTrainable) }

  /// Puts saved parameters back into a classifier adapted by the same method. Throws, listing all that do not fit.
  public func restoreTuned(_ state: StateDict, file: String) throws(ModelError) {
    let expected = store.trainable
    let misshaped = expected.filter { state[$0.path].map(\.shape) ?? $0.shape != $0.shape }
    let missing = expected.filter { state[$0.path] == nil }.map(\.path)
    let known = Set(expected.map(\.path))
    let unexpected = state.names.filter { !known.contains($0) }
    guard missing.isEmpty, unexpected.isEmpty, misshaped.isEmpty else {
      throw .mismatchedWeights(
        file: file, missing: missing, unexpected: unexpected,
        misshaped: misshaped.map { "\($0.path) is \(state[$0.path]?.shape ?? []), not \($0.shape)" })
    }
    for parameter in expected {
      if let value = state[parameter.path] { parameter.assign(value.copy()) }
    }
  }

  /// Whether the tower is the pre-trained one as it stands, so that its features never change while training.
  public var hasFrozenTower: Bool {
    tunedParameters.isEmpty && vision.linears.allSatisfy { $0.update == nil }
      && vision.sites.allSatisfy { $0.insertion == nil } && vision.prompts.isEmpty
  }
}

import CLIPCore
import Checkpoint
import NN
import PEFT
import TensorCore

extension ImageClassifier {
  /// Applies a method: marks what trains, the head included, and adds the method's modules. Throws if the method's options
  /// do not fit the model, which is left as it was then.
  ///
  /// `countsOnly` leaves open what new parameters start as where that takes long to find out.
  public func adapt(
    with method: any FineTuningMethod, towers: Set<TowerKind> = [.vision], seed: UInt64,
    examples: (any Examples)? = nil, countsOnly: Bool = false
  ) throws(MethodError) {
    let adaptation = beginAdaptation(of: towers, seed: seed, examples: examples, countsOnly: countsOnly)
    do throws(MethodError) {
      try method.adapt(adaptation)
      for tower in adaptation.towers where tower.kind == .text && !adaptation.changes(tower) {
        throw MethodError.unfit(
          "\(type(of: method).name) changes nothing in the text tower; leave --towers away.")
      }
      // Whoever changes the text tower gets a head that it computes.
      if towers.contains(.text), adaptation.headModule == nil {
        guard let texts else {
          throw MethodError.unfit("the text tower is adapted, but the classifier has no prompts.")
        }
        adaptation.trainsHead = false
        if type(of: method).trainsProjection, towers.contains(.vision) {
          for parameter in adaptation.head where parameter === vision.projection {
            parameter.isTrainable = true
          }
        }
        adaptation.headModule = TextHead(texts)
      }
    } catch {
      detach()
      throw error
    }
  }

  /// Parameters that train, without the head.
  public var tunedParameters: [Parameter] { adaptation?.tuned ?? [] }

  /// What a run saves: every trained parameter, the head included, by name.
  public func tunedState() -> StateDict {
    StateDict((adaptation?.saved ?? store.trainable).map { ($0.path, $0.value) })
  }

  /// Puts saved parameters back into a classifier adapted by the same method. Throws, listing all that do not fit.
  public func restoreTuned(_ state: StateDict, file: String) throws(ModelError) {
    let expected = adaptation?.saved ?? store.trainable
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
    if let problem = adaptation?.keptProblem {
      throw .badConfiguration(file: file, problem: problem)
    }
  }

  /// Whether the tower is the pre-trained one as it stands, so that its features never change while training.
  public var hasFrozenTower: Bool {
    adaptation?.leavesImagesAlone ?? true
  }
}

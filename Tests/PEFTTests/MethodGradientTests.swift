import CLIPCore
import Experiments
import Foundation
import NN
import PEFT
import TensorCore
import TestSupport
import Testing
import Training

@Suite("Gradients of what a method trains, by finite differences")
struct MethodGradientTests {
  /// Dropout and drop path on, their masks fixed by the seed.
  private static let context = ForwardContext(isTraining: true, seed: 12, dropPath: 0.3)

  @Test(
    "Of every trained parameter, along its gradient and along random directions",
    arguments: MethodContract.cases.filter { method in
      method.contract.gradientOptions.allSatisfy { method.options[$0.key] == $0.value }
    })
  func finiteDifferences(case method: MethodCase) throws {
    let classifier = try SmallClassifier.make(method.method())
    classifier.perturb()
    classifier.loss(Self.context).backward()
    for parameter in classifier.store.trainable {
      let gradient = try #require(parameter.takeGradient(), "\(parameter.path)").array
      let norm = length(gradient)
      try #require(norm > 0, "\(parameter.path): the gradient is 0, so this would prove nothing")
      for seed in 0..<3 as Range<UInt64> {
        let direction =
          seed == 0
          ? gradient
          : Initializer.normal(deviation: 1).tensor(shape: [gradient.count], seed: seed).array
        let unit = direction.map { $0 / length(direction) }
        let expected = slope(
          of: classifier, along: unit, of: parameter, distance: min(0.04, max(0.01, 5e-4 / norm)))
        let actual = zip(gradient, unit).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        #expect(
          abs(actual - expected) <= 0.002 * Double(norm) + 3e-5,
          "\(parameter.path), direction \(seed): \(actual) by backward, \(expected) by differences")
      }
    }
  }

  private func length(_ x: [Float]) -> Float {
    Float(x.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
  }

  /// Central differences at a distance and twice that, extrapolated to distance 0. Where the loss hardly changes, it takes
  /// a greater distance to change it by more than it is rounded.
  private func slope(
    of classifier: ImageClassifier, along unit: [Float], of parameter: Parameter, distance: Float
  ) -> Double {
    let start = parameter.value
    func loss(at distance: Float) -> Double {
      let moved = zip(start.array, unit).map { $0 + distance * $1 }
      parameter.assign(Tensor(moved, shape: start.shape))
      defer { parameter.assign(start) }
      return meanLoss(of: classifier.logits(SmallClassifier.images, Self.context).value)
    }
    func difference(_ distance: Float) -> Double {
      (loss(at: distance) - loss(at: -distance)) / Double(2 * distance)
    }
    return (4 * difference(distance) - difference(2 * distance)) / 3
  }

  /// Cross entropy in double precision: one of `Float` is rounded by as much as a small step changes it.
  private func meanLoss(of logits: Tensor) -> Double {
    let losses = SmallClassifier.labels.intArray.enumerated().map { row, label in
      let row = logits.rows(row..<row + 1).array.map(Double.init)
      return log(row.reduce(0) { $0 + exp($1) }) - row[Int(label)]
    }
    return losses.reduce(0, +) / Double(losses.count)
  }
}

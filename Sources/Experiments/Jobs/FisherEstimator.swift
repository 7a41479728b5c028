import CLIPCore
import Checkpoint
import Datasets
import Foundation
import ImageCodec
import NN
import TensorCore
import Training
import WiSE

/// Estimates the diagonal of a classifier's Fisher information, E[(∂ log p(y | x) / ∂θ)²], over images x and classes y that the
/// classifier itself draws: one class an image, which follows from the image's place. Labels are not looked at.
///
/// It takes a forward and a backward pass an image, and the memory of the image tower three times: weights, gradients and sums. The
/// text tower is not computed with, so that its information is 0.
struct FisherEstimator {
  let config: CLIPConfig
  let preprocessing: Preprocessing
  let validation: MergeValidation
  let observer: WorkObserver

  private static let seed = SeededRandom.seed(0, named: "fisher")

  /// Of the model's image tower and, where it has one, its head; `zeroShotHead` stands in for that.
  func estimate(_ model: MergeInput, zeroShotHead: ZeroShotHead?) throws -> StateDict {
    var state = StateDict()
    for name in model.names where name.hasPrefix("visual.") || MergeMember.headPaths.contains(name) {
      state[name] = try model.weights(name)
    }
    if let zeroShotHead { state = state.merging(zeroShotHead.state()) }
    let classifier = try ImageClassifier(
      config: config, classes: validation.classes.count, state: state, file: model.label)
    let parameters = classifier.store.parameters.filter { model.shape(of: $0.path) != nil }
    for parameter in parameters { parameter.isTrainable = true }
    let sums = parameters.map { ElementSums(model.shape(of: $0.path)?.reduce(1, *) ?? 0) }
    let images = try PreparedDataset(dataset: validation.set.dataset, preprocessing: preprocessing)
    for index in 0..<images.count {
      if observer.shouldStop() { throw WorkStopped() }
      let context = ForwardContext(isTraining: false, seed: 0, precision: .fp32)
      let logits = classifier.logits(try images.batch(index..<index + 1).images, context)
      let drawn = Self.draw(logits.value.array, image: index)
      logits.crossEntropy(targets: Tensor([Int32(drawn)], shape: [1])).backward()
      for (parameter, sum) in zip(parameters, sums) {
        guard let gradient = parameter.takeGradient() else { continue }
        sum.add(squareOf: gradient, times: 1 / Double(images.count))
      }
      observer.onProgress(1)
    }
    return StateDict(zip(parameters, sums).map { ($0.path, $1.tensor($0.shape)) })
  }

  /// A class of the softmax of some logits.
  private static func draw(_ logits: [Float], image: Int) -> Int {
    let largest = logits.max() ?? 0
    let weights = logits.map { exp(Double($0 - largest)) }
    var random = SeededRandom(seed, UInt64(image))
    var left = Double(random.uniform()) * weights.reduce(0, +)
    for (index, weight) in weights.enumerated() {
      left -= weight
      if left < 0 { return index }
    }
    return weights.count - 1
  }
}

import Foundation
import TensorCore

/// Outputs of models on the same images, with whatever else the rule that combines them needs.
public struct EnsembleInputs: Sendable {
  /// Number of images, and of the classes that compete.
  public let count: Int
  public let classCount: Int
  let models: [LogitMatrix]
  /// The models' weights, which add to 1; equal where none were given.
  let shares: [Double]
  let isWeighted: Bool
  let temperatures: [Double]?
  let failureDistances: [Double]?

  /// `models` are logits [N, `classCount`] each; `weights` and `temperatures` have one number a model, and
  /// `failureDistances` one an image.
  public init(
    models: [[Float]], classCount: Int, weights: [Double]? = nil, temperatures: [Double]? = nil,
    failureDistances: [Double]? = nil
  ) throws(EvaluationError) {
    guard !models.isEmpty else { throw .noPredictions }
    var matrices: [LogitMatrix] = []
    for model in models {
      let matrix = try LogitMatrix(model, classCount: classCount)
      try matrices.first?.requirePaired(matrix)
      matrices.append(matrix)
    }
    if let weights {
      guard weights.count == models.count, weights.allSatisfy({ $0 >= 0 && $0.isFinite }),
        weights.contains(where: { $0 > 0 })
      else { throw .statistic("there must be one non-negative weight a model, and one above zero") }
    }
    if let temperatures {
      guard temperatures.count == models.count, temperatures.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw .statistic("there must be one temperature above zero a model")
      }
    }
    if let failureDistances {
      guard failureDistances.count == matrices[0].count else {
        throw .notPaired("\(matrices[0].count) images, and distances of \(failureDistances.count)")
      }
      guard failureDistances.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
        throw .statistic("a distance is a finite number, not below 0")
      }
    }
    let given = weights ?? Array(repeating: 1, count: models.count)
    let total = given.reduce(0, +)
    self.models = matrices
    count = matrices[0].count
    self.classCount = classCount
    shares = given.map { $0 / total }
    isWeighted = weights != nil
    self.temperatures = temperatures
    self.failureDistances = failureDistances
  }

  /// Some of `models`, by their places; one that is named several times weighs accordingly. `temperatures` are those of all.
  public init(
    choosing members: [Int], of models: [[Float]], classCount: Int, temperatures: [Double]? = nil,
    failureDistances: [Double]? = nil
  ) throws(EvaluationError) {
    let different = Set(members).sorted()
    let weights = different.map { one in Double(members.count { $0 == one }) }
    try self.init(
      models: different.map { models[$0] }, classCount: classCount,
      weights: different.count == members.count ? nil : weights,
      temperatures: temperatures.map { all in different.map { all[$0] } }, failureDistances: failureDistances)
  }

  /// The scores [classCount] of each image, one after the other; images in parallel.
  func eachImage(_ scores: @Sendable (_ image: Int) -> [Float]) -> [Float] {
    [Float](unsafeUninitializedCapacity: count * classCount) { output, initialized in
      nonisolated(unsafe) let output = output
      parallelFor(count: count, grain: 64) { range in
        for image in range {
          for (index, score) in scores(image).enumerated() {
            output.initializeElement(at: image * classCount + index, to: score)
          }
        }
      }
      initialized = count * classCount
    }
  }

  /// The models' values of an image, weighted and added; by `shares` where they are not the models' own.
  func weightedSum(
    of image: Int, shares: [Double]? = nil,
    values: (_ model: Int, _ logits: UnsafeBufferPointer<Float>) -> [Double]
  ) -> [Double] {
    let shares = shares ?? self.shares
    var sums = [Double](repeating: 0, count: classCount)
    for (index, model) in models.enumerated() {
      let row = model.values[image * classCount..<(image + 1) * classCount]
      for (position, value) in row.withUnsafeBufferPointer({ values(index, $0) }).enumerated() {
        sums[position] += shares[index] * value
      }
    }
    return sums
  }

  /// An image's probabilities, each model's of its logits times `scale`, weighted and added.
  func mixedProbabilities(
    of image: Int, shares: [Double]? = nil, scale: (_ model: Int) -> Double = { _ in 1 }
  ) -> [Double] {
    weightedSum(of: image, shares: shares) { model, logits in
      logSoftmax(logits, scale: scale(model)).map { exp($0) }
    }
  }

  func requireTemperatures(for rule: any EnsembleRule) throws(EvaluationError) -> [Double] {
    guard let temperatures else {
      throw .statistic("\(rule.name) needs a temperature for each model, fitted on validation images")
    }
    return temperatures
  }
}

/// The logarithms of probabilities: below any of a float32 softmax where they are 0, and finite.
func logarithms(_ probabilities: [Double]) -> [Float] { probabilities.map { Float(max(log($0), -200)) } }

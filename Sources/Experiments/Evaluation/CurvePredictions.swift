import Checkpoint
import Datasets
import EvalShift
import Foundation
import TensorCore
import Training

/// What a model said of every image at every alpha of a curve, in few bytes: the predicted class and how sure of it the model was.
///
/// Kept beside the curve, so that a report can compare alphas and methods image by image.
public struct CurvePredictions: Sendable, Equatable {
  /// One set.
  public struct Set: Sendable, Equatable {
    public let dataset: String
    public let images: ImageList
    /// Of each image its class, as an index of the head.
    public let targets: [Int32]
    /// By alpha: the predicted class of each image.
    public let predicted: [[Int32]]
    /// By alpha: its probability, and that of the logits divided by the fitted temperature; the latter empty without one.
    public let confidences: [[Float]]
    public let scaledConfidences: [[Float]]
    /// By alpha: the fitted temperature; empty without.
    public let temperatures: [Double]

    package init(
      dataset: String, images: ImageList, targets: [Int32], predicted: [[Int32]], confidences: [[Float]],
      scaledConfidences: [[Float]], temperatures: [Double]
    ) {
      (self.dataset, self.images, self.targets, self.predicted) = (dataset, images, targets, predicted)
      (self.confidences, self.scaledConfidences) = (confidences, scaledConfidences)
      self.temperatures = temperatures
    }

    /// Whether each image is right at an alpha.
    public func correct(_ alpha: Int) -> [Bool] { zip(predicted[alpha], targets).map { $0 == $1 } }

    public var count: Int { targets.count }

    /// Those at `places`, in their order.
    func taking(_ places: [Int]) -> Set {
      func rows<Element>(_ all: [[Element]]) -> [[Element]] { all.map { row in places.map { row[$0] } } }
      return Set(
        dataset: dataset, images: ImageList(places.map { images.entries[$0] }),
        targets: places.map { targets[$0] }, predicted: rows(predicted), confidences: rows(confidences),
        scaledConfidences: rows(scaledConfidences), temperatures: temperatures)
    }
  }

  public let alphas: [Double]
  public let sets: [Set]

  package init(alphas: [Double], sets: [Set]) { (self.alphas, self.sets) = (alphas, sets) }

  /// From the predictions of each alpha (outer) for the sets.
  init(alphas: [Double], sets: [EvaluationSet], predictions: [[Predictions]]) {
    self.alphas = alphas
    self.sets = sets.enumerated().map { place, set in
      let all = predictions.map { $0[place] }
      let calibrated = all.compactMap(\.calibrated)
      let isCalibrated = calibrated.count == all.count
      return Set(
        dataset: set.name, images: set.images, targets: all.first?.rows.map(\.target) ?? [],
        predicted: all.map { $0.rows.map(\.predicted) },
        confidences: all.map { $0.rows.map { Float($0.confidence) } },
        scaledConfidences: isCalibrated ? calibrated.map { $0.confidences.map { Float($0) } } : [],
        temperatures: isCalibrated ? calibrated.map(\.scaling.temperature) : [])
    }
  }
}

// MARK: Files

extension CurvePredictions {
  private static let format = "1"
  /// More classes than any head has.
  private static let mostClasses: Int32 = 1 << 24

  /// What is said of a set beside its numbers.
  private struct Description: Codable {
    let dataset: String
    let paths: [String]
    let sha256: [String]
    let classes: [String]
    let temperatures: [Double]
  }

  /// Writes for each set, by its place: `N.target` [images], `N.predicted` and `N.confidence` [alphas, images].
  func write(to file: URL) throws(CheckpointError) {
    var state = StateDict()
    for (place, set) in sets.enumerated() {
      let shape = [alphas.count, set.count]
      state["\(place).target"] = Tensor(set.targets, shape: [set.count])
      state["\(place).predicted"] = Tensor(set.predicted.flatMap { $0 }, shape: shape)
      state["\(place).confidence"] = Tensor(set.confidences.flatMap { $0 }, shape: shape)
      if !set.scaledConfidences.isEmpty {
        state["\(place).scaled_confidence"] = Tensor(set.scaledConfidences.flatMap { $0 }, shape: shape)
      }
    }
    state.metadata["format"] = Self.format
    state.metadata["alphas"] = JSONFormat.line(alphas)
    state.metadata["sets"] = JSONFormat.line(
      sets.map { set in
        Description(
          dataset: set.dataset, paths: set.images.entries.map(\.path),
          sha256: set.images.entries.map(\.sha256), classes: set.images.entries.map(\.classID),
          temperatures: set.temperatures)
      })
    try SafetensorsFile.write(state, to: file)
  }

  /// Reads a file. Throws, saying what is wrong, where it is none of this version or its parts do not fit.
  init(contentsOf file: URL) throws {
    let remedy = "trace the curve anew with `clipft wise`"
    let state = try OwnFile.state(file, remedy: remedy)
    func refuse(_ problem: String) -> TrainingError {
      .badCheckpoint(file: file.path, problem: "\(problem); \(remedy)")
    }
    guard state.metadata["format"] == Self.format, let alphas = state.metadata["alphas"],
      let sets = state.metadata["sets"]
    else { throw refuse("its predictions are of another version of this program") }
    let descriptions: [Description]
    do {
      self.alphas = try JSONDecoder().decode([Double].self, from: Data(alphas.utf8))
      descriptions = try JSONFormat.decode([Description].self, from: Data(sets.utf8))
    } catch {
      throw refuse("what it says of its images cannot be read\(error.asJSONProblem)")
    }
    let count = self.alphas.count
    self.sets = try descriptions.enumerated().map { place, said in
      func numbers(_ name: String, _ type: DType) throws -> Tensor? {
        guard let tensor = state["\(place).\(name)"] else { return nil }
        let shape = name == "target" ? [said.paths.count] : [count, said.paths.count]
        guard tensor.shape == shape, tensor.dtype == type else {
          throw refuse("'\(place).\(name)' does not fit its images")
        }
        return tensor
      }
      func rows<Element>(_ values: [Element]) -> [[Element]] {
        (0..<count).map { Array(values[$0 * said.paths.count..<($0 + 1) * said.paths.count]) }
      }
      guard said.sha256.count == said.paths.count, said.classes.count == said.paths.count,
        let target = try numbers("target", .i32), let predicted = try numbers("predicted", .i32),
        let confidence = try numbers("confidence", .f32)
      else { throw refuse("it lacks numbers of set \(said.dataset)") }
      let scaled = try numbers("scaled_confidence", .f32)
      let places = target.intArray + predicted.intArray
      guard places.allSatisfy({ $0 >= 0 && $0 < Self.mostClasses }) else {
        throw refuse("classes of set \(said.dataset) are none")
      }
      guard (confidence.array + (scaled?.array ?? [])).allSatisfy({ $0 >= 0 && $0 <= 1.001 }) else {
        throw refuse("probabilities of set \(said.dataset) are none")
      }
      guard said.temperatures.count == (scaled == nil ? 0 : count) else {
        throw refuse("it lacks temperatures of set \(said.dataset)")
      }
      return Set(
        dataset: said.dataset,
        images: ImageList(
          said.paths.indices.map {
            ImageList.Entry(path: said.paths[$0], classID: said.classes[$0], sha256: said.sha256[$0])
          }),
        targets: target.intArray, predicted: rows(predicted.intArray),
        confidences: rows(confidence.array), scaledConfidences: scaled.map { rows($0.array) } ?? [],
        temperatures: said.temperatures)
    }
  }
}

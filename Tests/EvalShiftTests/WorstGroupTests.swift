import Datasets
import EvalShift
import Foundation
import Testing

/// Accuracy within groups of images.
@Suite("Worst group")
struct WorstGroupTests {
  @Test("The lowest accuracy of a group that has images; of images without groups there is none")
  func worst() throws {
    let groups = ImageGroups(["sea", "sea", "land", "sea", "land"])
    // Right, wrong, right, right, wrong.
    let logits: [Float] = [1, 0, 0, 1, 1, 0, 1, 0, 0, 1]
    let predictions = try Predictions(logits: logits, targets: [0, 0, 0, 0, 0])
    let grouped = predictions.grouped(groups)
    #expect(
      WorstGroupAccuracy().value(of: grouped) == 0.5 && WorstGroupAccuracy().value(of: predictions) == nil)
    let scores = DatasetScores(dataset: "t", role: .shift, predictions: grouped)
    #expect(scores["worst_group"] == 0.5)
    #expect(scores.groups?.map(\.group) == ["land", "sea"] && scores.groups?.map(\.correct) == [1, 2])
    let again = try JSONDecoder().decode(DatasetScores.self, from: JSONEncoder().encode(scores))
    #expect(again == scores)
  }
}

import Checkpoint
import Foundation
import Report
import Training

/// Answers a study's questions from its runs.
public struct StudyAnalyst {
  private let parts: StudyParts

  /// Reads every run. Throws where one cannot be used, and where a name of a dataset stands for different images.
  public init(_ source: StudySource) throws { parts = try StudyParts(source) }

  /// What the study found. Throws where there is no scored run.
  public func document() throws -> StudyDocument {
    guard !parts.parts.isEmpty else {
      throw TrainingError.badSetting(
        "\(parts.answers.study) has no scored run yet to report; run it with `clipft study run`, and give it score: in its file if it "
          + "has none.")
    }
    var answers = parts.answers
    if parts.lacksPredictions {
      answers.cautions.append(
        "some runs did not keep what they said of each image, so that their differences have wider intervals, and what they agree on "
          + "is not known")
    }
    let unknown = Set(
      parts.parts.flatMap(\.entrants).filter { $0.extent == nil }.map(\.method)
    ).sorted()
    if !unknown.isEmpty {
      answers.cautions.append(
        "this version has no method called \(unknown.joined(separator: ", ")), which takes no part in the questions"
      )
    }
    answers.cautions += parts.substitutes + marks()
    let few = QuestionScope(parts.extreme(most: false), rule: parts.rule)
    let many = QuestionScope(parts.extreme(most: true), rule: parts.rule)
    let lowShot = LowShotQuestion(scope: few, hasShots: parts.hasShots)
    let complementary = ComplementaryQuestion(scope: few)
    let manyShot = ManyShotQuestion(scope: many, hasShots: parts.hasShots, few: parts.commonShots)
    let robustness = RobustnessQuestion(scope: many)
    answers.questions = [
      try lowShot.answer(), try complementary.answer(), try manyShot.answer(), try robustness.answer(),
    ]
    answers.guide = try UserGuide(parts: parts.parts, rule: parts.rule).advice()
    return StudyDocument(
      answers: answers,
      evidence: try lowShot.evidence() + complementary.evidence() + manyShot.evidence()
        + robustness.evidence())
  }

  /// What makes scores other than those of new images, each once.
  private func marks() -> [String] {
    var found: [String] = []
    for entrant in parts.parts.flatMap(\.entrants) {
      for set in entrant.runs.flatMap({ $0.result.curve?.sets ?? [] }) where set.role != "validation" {
        for mark in set.marks.map({ "\(set.dataset): \($0)" }) where !found.contains(mark) {
          found.append(mark)
        }
      }
    }
    return found
  }
}

/// What the numbers of a study say of a claim, and no more.
public enum StudyVerdict: String, Codable, Sendable, CaseIterable {
  case supported, contradicted
  /// The interval holds both.
  case notResolved = "not resolved by these data"
  /// The study has not the methods, sets or axes for it.
  case notAsked = "not asked by this study"

  /// Of a claim that something lies above `threshold`: an interval that touches it resolves nothing.
  public init(above threshold: Double, _ interval: ConfidenceInterval) {
    self =
      interval.lower > threshold ? .supported : interval.upper < threshold ? .contradicted : .notResolved
  }

  /// Of a claim that something lies below `threshold`.
  public init(below threshold: Double, _ interval: ConfidenceInterval) {
    self =
      interval.upper < threshold ? .supported : interval.lower > threshold ? .contradicted : .notResolved
  }
}

/// One claim with what the study found of it.
public struct StudyClaim: Encodable, Sendable, Equatable {
  /// What is claimed, as a sentence.
  public var statement: String
  public var verdict: StudyVerdict
  /// What the estimate is of, in a few words.
  public var quantity: String
  /// A fraction, or a difference of fractions; nil of what was not asked.
  public var estimate: Double?
  public var ci95: ConfidenceInterval?
  /// What else was found, or why it was not asked, in sentences.
  public var detail: String
  /// On how many seeds, images and tests it rests.
  public var basis: String

  /// A claim that the study's numbers speak of.
  public init(
    _ statement: String, _ verdict: StudyVerdict, quantity: String, estimate: Double,
    ci95: ConfidenceInterval, detail: String = "", basis: String
  ) {
    (self.statement, self.verdict, self.quantity) = (statement, verdict, quantity)
    (self.estimate, self.ci95, self.detail, self.basis) = (estimate, ci95, detail, basis)
  }

  /// A claim that the study does not speak of, and why.
  public init(_ statement: String, notAsked reason: String) {
    self.statement = statement
    verdict = .notAsked
    (quantity, estimate, ci95, basis) = ("", nil, nil, "")
    detail = reason
  }
}

/// One of the study's questions.
public struct StudyQuestion: Encodable, Sendable, Equatable {
  /// Its name in JSON and files, such as `low-shot`.
  public var key: String
  public var title: String
  /// On which part of the study it is answered, in a sentence.
  public var scope: String
  public var claims: [StudyClaim]

  public init(key: String, title: String, scope: String, claims: [StudyClaim]) {
    (self.key, self.title, self.scope, self.claims) = (key, title, scope, claims)
  }
}

import Foundation

/// Everything that the page of a study shows.
public struct StudyDocument: Sendable, Equatable {
  public var answers: StudyAnswers
  public var evidence: [Evidence]

  /// What is drawn below a question.
  public struct Evidence: Sendable, Equatable {
    /// The question's key.
    public var question: String
    /// Which part of the study it is of; empty where there is one.
    public var part: String
    /// Methods, with what of their scores the question looks at.
    public var report: ReportDocument
    /// Accuracy beyond linear probing; nil where the question does not look at it.
    public var gains: StudyGains?

    public init(question: String, part: String, report: ReportDocument, gains: StudyGains? = nil) {
      (self.question, self.part, self.report, self.gains) = (question, part, report, gains)
    }
  }

  public init(answers: StudyAnswers, evidence: [Evidence]) {
    (self.answers, self.evidence) = (answers, evidence)
  }

  /// Every figure by its question, in the order of the page.
  func figures(of question: String) -> [ReportFigure] {
    let own = evidence.filter { $0.question == question }
    return own.enumerated().flatMap { place, evidence in
      ((evidence.gains.map { StudyGainFigure.figures(of: $0, in: evidence.report) } ?? [])
        + evidence.report.figures)
        .map { $0.renamed(question, part: evidence.part, number: own.count > 1 ? place + 1 : nil) }
    }
  }

  /// Every figure.
  public var figures: [ReportFigure] { answers.questions.flatMap { figures(of: $0.key) } }
}

/// Accuracy beyond linear probing, method by method.
public struct StudyGains: Sendable, Equatable {
  public struct Row: Sendable, Equatable {
    /// The method, by its name in the report.
    public var method: String
    public var gain: Double
    public var ci95: ConfidenceInterval

    public init(method: String, gain: Double, ci95: ConfidenceInterval) {
      (self.method, self.gain, self.ci95) = (method, gain, ci95)
    }
  }

  /// What the gain is over.
  public var reference: String
  public var rows: [Row]

  public init(reference: String, rows: [Row]) { (self.reference, self.rows) = (reference, rows) }
}

import Report

/// Published numbers that a report may be laid over.
public enum ReportOverlay: String, CaseIterable, Sendable {
  /// The unifying study of parameter-efficient fine-tuning (CVPR 2025).
  case study

  /// Adds the numbers to a document: curves below its own, tasks and sizes in panels of their own. Throws if what is part of
  /// the program cannot be read.
  public func add(to document: inout ReportDocument) throws(ReportError) {
    switch self {
    case .study:
      document.published = try PublishedStudy.curves()
      if document.tasks == nil { document.tasks = try PublishedStudy.tasks() }
      document.sizes = try (document.sizes ?? []) + PublishedStudy.sizes()
    }
  }
}

import Datasets
import Foundation
import Training
import WiSE

/// A study as data: runs that differ along axes, how their options are searched for, and on what they are scored.
///
/// Every combination of the axes' values is a run. Pieces of a run's specification keep the lines of the file in which they were
/// written, so that what is wrong with a run is said where it was asked for.
public struct Study: Sendable {
  /// What its folder is called.
  public let name: String
  /// One sentence.
  public let summary: String
  /// Paper or protocol that it follows; nil where it is its author's own.
  public let source: String?
  /// What all runs have in common; a method of which nothing comes of some part of it is no error.
  let common: SpecFile
  /// In the order in which the file has them; the last varies fastest.
  public let axes: [Axis]
  let skips: [Skip]
  public let search: StudySearch?
  /// What final runs say otherwise than those of the search, such as training on validation images, too; nil where nothing.
  let final: SpecFile?
  /// Nil where nothing but validation accuracy is wanted.
  public let scoring: StudyScoring?

  /// One thing in which runs differ.
  public struct Axis: Sendable {
    /// `method`, `seed`, a key of a run's specification, or any name.
    public let name: String
    public let values: [Value]

    /// One of its values.
    public struct Value: Sendable {
      /// As it stands in names of cells and in tables.
      public let label: String
      /// What it says of a run.
      let part: SpecFile
    }

    public static let method = "method"
    public static let seed = "seed"
  }

  /// Combinations that are left out: those whose labels are all among these, by axis.
  struct Skip: Sendable {
    let labels: [String: Set<String>]

    func covers(_ combination: [String: String]) -> Bool {
      labels.allSatisfy { axis, labels in combination[axis].map(labels.contains) ?? false }
    }
  }

  /// The axis, or the part of the search, in which runs differ by a key of their specification; nil where there is none.
  func varies(_ path: String) -> String? {
    let axis = axes.first { axis in
      axis.values.contains { $0.part.tree.leaves.keys.contains { SpecValue.overlap($0, path) } }
    }
    return axis.map { "axes.\($0.name)" }
      ?? search?.paths.first { $0.paths.contains { SpecValue.overlap($0, path) } }?.key
  }

  /// Path of the file, or of the preset, for messages.
  var place: String { common.path }
}

/// On what the runs of a study are scored, and at which alphas.
public struct StudyScoring: Sendable, Encodable, Equatable {
  public let alphas: [Double]
  /// As `wise --datasets` takes them, as they are written; empty for the test images of what was trained on and the shifts of its family.
  public let datasets: [String]
  /// By which alpha is selected.
  public let rule: AlphaSelection.Rule
  /// File and line of the datasets, for messages; no part of what is scored.
  let place: String?

  /// The datasets, paths relative to the working folder, which is the study's.
  var arguments: [SetArgument] {
    get throws {
      try datasets.map { (text) throws(DatasetError) in
        try SetArgument(parsing: SetArgument(parsing: text).absoluteText)
      }
    }
  }

  private enum CodingKeys: CodingKey {
    case alphas, datasets, rule
  }

  public static func == (one: StudyScoring, other: StudyScoring) -> Bool {
    (one.alphas, one.datasets, one.rule) == (other.alphas, other.datasets, other.rule)
  }

  public init(
    alphas: [Double], datasets: [String] = [], rule: AlphaSelection.Rule = .oneStandardError,
    place: String? = nil
  ) {
    (self.alphas, self.datasets, self.rule, self.place) = (alphas, datasets, rule, place)
  }
}

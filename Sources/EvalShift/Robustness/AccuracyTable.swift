import Datasets
import Foundation

/// Accuracies of models on a target and its shifts: those without a robustness intervention, through which the line
/// of effective robustness is drawn.
///
/// A file of one has columns `model` and `pretrained` and one for each dataset, by its name, with fractions between 0
/// and 1; an empty field is a model that was not scored. Lines at its beginning that start with `#` are remarks.
public struct AccuracyTable: Sendable, Equatable {
  /// One row.
  public struct Model: Sendable, Equatable {
    public let name: String
    /// What it was trained on, or its release.
    public let pretrained: String
    /// Top-1 accuracy by dataset, of those it was scored on.
    public let accuracies: [String: Double]
  }

  /// In the order of the columns.
  public let datasets: [String]
  public let models: [Model]

  private static let nameColumn = "model"
  private static let pretrainedColumn = "pretrained"

  /// The published zero-shot models that come with the program: CLIPs with ViT, ConvNeXt and ResNet image towers on
  /// ImageNet and its shifts, from open_clip's results.
  public static func published() throws(DatasetError) -> AccuracyTable {
    try AccuracyTable(
      DelimitedText(remarked: PackageResources.zero_shot_models_csv, of: "zero-shot-models.csv"),
      file: "zero-shot-models.csv")
  }

  /// Reads a user's file; each error says the line and the column.
  public init(file: String) throws(DatasetError) {
    try self.init(DelimitedText(remarked: file), file: file)
  }

  /// Reads the bytes of one, which errors call `file`.
  public init(_ bytes: [UInt8], file: String) throws(DatasetError) {
    try self.init(DelimitedText(remarked: bytes, of: file), file: file)
  }

  private init(_ table: DelimitedText, file: String) throws(DatasetError) {
    func column(_ name: String) throws(DatasetError) -> Int {
      guard let index = table.columns.firstIndex(of: name) else {
        throw .badList(
          file: file, line: table.headingLine,
          problem:
            "there is no column \(name); it needs \(Self.nameColumn), \(Self.pretrainedColumn) and datasets")
      }
      return index
    }
    let (name, pretrained) = (try column(Self.nameColumn), try column(Self.pretrainedColumn))
    let scored = table.columns.indices.filter { $0 != name && $0 != pretrained }
    if let unnamed = scored.first(where: { table.columns[$0].isEmpty }) {
      throw .badList(
        file: file, line: table.headingLine, problem: "column \(unnamed + 1) has no name; name its dataset")
    }
    var models: [Model] = []
    for row in table.rows {
      var accuracies: [String: Double] = [:]
      for index in scored {
        let field = row.fields[index].trimmingCharacters(in: .whitespaces)
        if field.isEmpty { continue }
        guard let value = Double(field), value >= 0, value <= 1 else {
          throw .badList(
            file: file, line: row.line,
            problem:
              "column \(table.columns[index]) has \(field.prefix(40)), which is no fraction between 0 and 1; "
              + "divide percentages by 100, and leave a field empty for what was not scored")
        }
        accuracies[table.columns[index]] = value
      }
      models.append(
        Model(name: row.fields[name], pretrained: row.fields[pretrained], accuracies: accuracies))
    }
    guard !models.isEmpty else {
      throw .badList(file: file, line: table.headingLine, problem: "it has no models, only names of columns")
    }
    datasets = scored.map { table.columns[$0] }
    self.models = models
  }

  /// (target, shift) accuracies of the models that were scored on both.
  public func accuracies(
    target: String, shift: String
  ) throws(EvaluationError) -> [(target: Double, shift: Double)] {
    for dataset in [target, shift] where !datasets.contains(dataset) {
      throw .cannotFit(
        "the table of models has no column \(dataset); it has \(datasets.joined(separator: ", "))")
    }
    return models.compactMap { model in
      guard let x = model.accuracies[target], let y = model.accuracies[shift] else { return nil }
      return (x, y)
    }
  }
}

import Checkpoint
import Datasets
import Experiments
import Foundation
import TestSupport

/// A study whose runs came to what a test says, without any training.
struct SyntheticStudy {
  let plan: StudyPlan
  private let folder: TemporaryFolder
  /// What a run says of each image of each set at each alpha: 1 is right. Nil is a run that is not done.
  var said: (_ labels: [String: String]) -> Said? = { _ in nil }
  var failures: [Int: CellFailure] = [:]
  var keepsPredictions = true

  /// Of one run.
  struct Said {
    var method: String
    var tuned = 100
    var options = "{}"
    var seed = 1
    var alphas: [Double] = [0, 1]
    /// By role and name, by alpha: whether each image is right.
    var sets: [(role: String, name: String, right: [[Bool]])] = []
    /// Which class is predicted where it is wrong, of three of which 0 is right.
    var mistake: Int32 = 1
    /// By image, the same for all alphas.
    var confidences: [Float] = []
    var selected: Double?
    var images = ""
    var marks = "[]"
    var validation: Double? = 0.5
  }

  init(_ yaml: String) throws {
    folder = try TemporaryFolder()
    let file = folder.file("study.yaml")
    try Data(yaml.utf8).write(to: file)
    plan = try StudyPlan(Study.named(file.path).study)
  }

  static func right(_ count: Int, of images: Int) -> [Bool] { (0..<images).map { $0 < count } }

  private func said(at place: Int) -> Said? { said(plan.labels(of: plan.cells[place])) }

  private static func images(_ name: String, _ suffix: String, _ count: Int) -> ImageList {
    ImageList(
      (0..<count).map {
        .init(path: "\($0).png", classID: "a", sha256: "\(name)\(suffix)\($0)")
      })
  }

  func result(_ place: Int) throws -> CellResult? {
    guard failures[place] == nil, let said = said(at: place) else { return nil }
    let sets = said.sets.map { set in
      let list = Self.images(set.name, said.images, set.right[0].count)
      let correct = set.right.map { row in String(row.count { $0 }) }.joined(separator: ",")
      return """
        {"dataset": "\(set.name)", "role": "\(set.role)", "n": \(set.right[0].count), "images_sha256": "\(list.sha256)",
         "precision": "fp32", "marks": \(said.marks), "correct": [\(correct)]}
        """
    }
    let selections =
      said.selected.map {
        #"[{"alpha": \#($0), "rule": "one-standard-error", "score": 0.5}]"#
      } ?? "[]"
    let curve =
      said.sets.isEmpty
      ? "null"
      : """
      {"alphas": [\(said.alphas.map { String($0) }.joined(separator: ","))], "sets": [\(sets.joined(separator: ","))],
       "selections": \(selections)}
      """
    return try JSONFormat.decode(
      CellResult.self,
      from: Data(
        """
        {"format_version": 1, "cell": "cell-\(place)", "method": "\(said.method)", "options": \(said.options), "seed": \(said.seed),
         "tuned_parameters": \(said.tuned), "head_parameters": 10,
         "validation_top1": \(said.validation.map { String($0) } ?? "null"),
         "curve": \(curve), "cost": {"seconds": 1, "images_per_s": 1, "peak_rss_mb": 1}}
        """.utf8))
  }

  func predictions(_ result: CellResult) -> CurvePredictions? {
    guard keepsPredictions, let place = Int(result.cell.dropFirst("cell-".count)), let said = said(at: place)
    else { return nil }
    return CurvePredictions(
      alphas: said.alphas,
      sets: said.sets.map { set in
        let count = set.right[0].count
        let confidences =
          said.confidences.isEmpty ? [Float](repeating: 0.5, count: count) : said.confidences
        return CurvePredictions.Set(
          dataset: set.name, images: Self.images(set.name, said.images, count),
          targets: [Int32](repeating: 0, count: count),
          predicted: set.right.map { $0.map { $0 ? 0 : said.mistake } },
          confidences: said.alphas.map { _ in confidences }, scaledConfidences: [], temperatures: [])
      })
  }

  var source: StudySource {
    StudySource(plan: plan, failures: failures, predictions: predictions, result: result)
  }
}

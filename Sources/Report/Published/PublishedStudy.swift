/// The numbers of "Lessons and Insights from a Unifying Study of Parameter-Efficient Fine-Tuning (PEFT) in Visual
/// Recognition" (CVPR 2025), from the authors' result files at github.com/OSU-MLB/ViT_PEFT_Vision.
public enum PublishedStudy {
  /// Where the numbers come from, in words.
  public static let source =
    "“Lessons and Insights from a Unifying Study of PEFT in Visual Recognition” (CVPR 2025; the authors’ result files, "
    + "github.com/OSU-MLB/ViT_PEFT_Vision)"

  /// Accuracy on ImageNet and four shifts of it along alpha, by method: OpenAI's CLIP ViT-B/16, 100 images a class. Throws if
  /// the embedded table is not as it should be.
  public static func curves() throws(ReportError) -> PublishedCurves {
    let table = try EmbeddedTable(PackageResources.study_robustness_csv, name: "study-robustness.csv")
    let shifts = Array(table.columns.dropFirst(3))
    var curves: [PublishedCurves.Curve] = []
    for row in table.rows {
      let name = row[0]
      if curves.last?.method != name {
        curves.append(.init(method: name, alphas: [], target: [], shifts: [:]))
      }
      var curve = curves.removeLast()
      curve.alphas.append(try table.number(row, 1))
      curve.target.append(try table.number(row, 2) / 100)
      for (index, shift) in shifts.enumerated() {
        curve.shifts[shift, default: []].append(try table.number(row, index + 3) / 100)
      }
      curves.append(curve)
    }
    return PublishedCurves(
      source: source,
      conditions:
        "Their model (OpenAI’s CLIP ViT-B/16), images (ImageNet, V2, R, Sketch and A, pressed into squares) and training "
        + "(100 images a class, the epoch chosen on test images) differ from those of this report; an average is over their "
        + "four shifts.", curves: curves)
  }

  /// Accuracy by task of VTAB-1K against linear probing. Throws if the embedded table is not as it should be.
  public static func tasks() throws(ReportError) -> TaskComparison {
    let table = try EmbeddedTable(PackageResources.study_tasks_csv, name: "study-tasks.csv")
    let rows = table.rows.filter { $0[0] == "default_vtab" }
    var tasks: [TaskComparison.Task] = []
    for (group, names) in vtab {
      for name in names {
        var task = TaskComparison.Task(name: name, group: group, linear: .nan, full: nil, efficient: [])
        for row in rows where row[1] == name {
          let accuracy = try table.number(row, 3) / 100
          switch row[2] {
          case "linear": task.linear = accuracy
          case "full": task.full = accuracy
          default: task.efficient.append(.init(method: row[2], accuracy: accuracy))
          }
        }
        tasks.append(task)
      }
    }
    return TaskComparison(
      tasks: tasks,
      remark:
        "Published: \(source); ViT-B/16 pre-trained on ImageNet-21k, 1,000 training images a task. The stored results of "
        + "full fine-tuning are lower than in the paper’s own figure.")
  }

  /// Accuracy by tuned parameters with all training images of CIFAR-100, RESISC45 and Clevr-distance. Throws if the embedded
  /// table is not as it should be.
  public static func sizes() throws(ReportError) -> [SizeComparison] {
    let table = try EmbeddedTable(PackageResources.study_tasks_csv, name: "study-tasks.csv")
    var sets: [SizeComparison] = []
    for (experiment, images, name) in manyShot {
      var points: [SizeComparison.Point] = []
      for row in table.rows where row[0] == experiment && row[1] == images {
        let parts = row[2].split(separator: "_")
        let family = Int(parts.last ?? "") == nil ? nil : parts.dropLast().joined(separator: "_")
        points.append(
          SizeComparison.Point(
            method: "\(row[2]) (published)", family: family.map { "\($0) (published)" },
            tunedParameters: Int(try table.number(row, 4)),
            score: Score(top1: try table.number(row, 3) / 100, n: 0)))
      }
      sets.append(SizeComparison(dataset: "\(name), published", points: points))
    }
    return sets
  }

  private static let manyShot = [
    ("cifar100_tune_lrwd", "full", "CIFAR-100"), ("resisc_tune_lrwd", "full", "RESISC45"),
    ("clevr_tune_lr", "clevr", "Clevr-distance"),
  ]

  /// The tasks of VTAB-1K, as the result files name them.
  private static let vtab = [
    (
      "natural",
      ["caltech101", "cifar_aug_norm", "dtd", "oxford_flowers102", "oxford_iiit_pet", "sun397", "svhn"]
    ), ("specialised", ["diabetic_retinopathy", "eurosat", "patch_camelyon", "resisc45"]),
    (
      "structured",
      [
        "clevr_count", "clevr_dist", "dmlab", "dsprites_loc", "dsprites_ori", "kitti", "smallnorb_azi",
        "smallnorb_ele",
      ]
    ),
  ]
}

/// A comma-separated table that is part of the program.
private struct EmbeddedTable {
  let name: String
  let columns: [String]
  let rows: [[String]]

  init(_ bytes: [UInt8], name: String) throws(ReportError) {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    guard let first = lines.first else { throw .badTable(name: name, row: 0) }
    for (index, line) in lines.enumerated() where line.count != first.count {
      throw .badTable(name: name, row: index)
    }
    self.name = name
    columns = first
    rows = Array(lines.dropFirst())
  }

  func number(_ row: [String], _ column: Int) throws(ReportError) -> Double {
    guard let value = Double(row[column]) else {
      throw .badTable(name: name, row: (rows.firstIndex(of: row) ?? 0) + 1)
    }
    return value
  }
}

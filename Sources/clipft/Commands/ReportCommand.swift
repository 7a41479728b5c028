import ArgumentParser
import Datasets
import Experiments
import Foundation
import TensorCore
import Training

extension ReportOverlay: ExpressibleByArgument {}

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "One HTML report of runs whose curves `clipft wise` has traced.",
    discussion: """
      Takes every run under runs/ that has a curve, or the runs named. Writes report.html, report.json, figure.svg and \
      results.csv; every figure for one column and for two of a paper under figures/ (SVG, and PDF and PNG where rsvg-convert \
      is installed); every table as CSV, LaTeX and Markdown under tables/; and a paragraph on methods, methods.txt and \
      methods.tex. A report that is there is replaced, other files of these names are not.

        clipft report --out report
        clipft report runs/photos-full runs/photos-lora --datasets folder:sketches --out report
        clipft report --overlay study --out report
      """)

  @Argument(
    help: ArgumentHelp("Run folders (default: every run under runs/ that has a curve).", valueName: "run"))
  var runs: [String] = []

  @Option(name: .long, help: ArgumentHelp("Folder to write to.", valueName: "dir"))
  var out: String

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "Where the images lie now that the curves were traced on (default: where they lay).", valueName: "data")
  )
  var datasets: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Published numbers to draw below one's own: study, of the unifying study of PEFT of CVPR 2025 (default: none).",
      valueName: "name"))
  var overlay: ReportOverlay?

  @OptionGroup var moved: MovedDataOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var badImages: BadImageOption
  @OptionGroup var caches: ImageCacheOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    try UnusedOptions.refuse(
      data.promptOptions,
      because: "the runs have their own heads, made when they were trained")
    let workspace = try common.start()
    try caches.apply(workspace)
    let folder = URL(fileURLWithPath: out)
    _ = try ReportFiles.earlier(in: folder)
    let arguments = try datasets.map { (text) throws(DatasetError) in try SetArgument(parsing: text) }
    var traced: [ComparableRuns.Traced] = []
    var first: RunSession?
    for (folder, curve) in try curves(of: folders(workspace)) {
      let session = try RunSession(folder, moved: moved, data: data, common: common, workspace: workspace)
      first = first ?? session
      traced.append((session.run, curve))
    }
    guard let first else {
      throw TrainingError.missingRun(
        path: workspace.runs.path, what: "run with a curve", hint: "make one with `clipft wise`")
    }
    // The images are opened for samples; whether they are those of the curves is checked by content.
    let suite = try first.suite(
      first.roles(arguments.isEmpty ? traced[0].curve.setArguments() : arguments),
      with: first.opener(data, badImages: badImages.badImages, allowsOverlap: true))
    let page = try ReportSession.write(
      traced, suite: suite, catalog: first.catalog, title: "CLIP fine-tuning and robustness",
      subtitle: "\(first.run.record.data.name): target accuracy against shifts, along alpha",
      overlay: overlay, to: folder)
    try common.output(["report": page.path]) { "report: \(page.path)" }
  }

  /// Each run with the latest of its curves that all of them have at the same alphas on the same images.
  private func curves(of folders: [RunFolder]) throws -> [(RunFolder, WiseCurve)] {
    let kept = try folders.map { folder in
      let curves = try folder.keptCurves(warn: Terminal.warn)
      guard !curves.isEmpty else {
        // A folder that is no run says so.
        _ = try folder.record()
        throw TrainingError.missingRun(
          path: folder.url.path, what: "curve", hint: "trace it first with `clipft wise --run`")
      }
      return curves
    }
    return zip(zip(folders, kept), CommonCurves.choose(kept)).map { run, place in
      let (folder, curves) = run
      if place > 0 { Terminal.say("note: \(CommonCurves.note(curves[place], of: folder))") }
      return (folder, curves[place])
    }
  }

  /// The runs named, else all under runs/ that are finished and have a curve; which have none is said.
  private func folders(_ workspace: Workspace) throws -> [RunFolder] {
    guard runs.isEmpty else { return runs.map { RunFolder(URL(fileURLWithPath: $0)) } }
    return RunFolder.all(in: workspace.runs).filter { folder in
      var reason: String?
      do {
        let record = try folder.record()
        if record.status != .finished {
          reason = "it is not finished"
        } else if let missing = folder.missingFile(record) {
          reason = missing
        } else if try folder.curve() == nil {
          reason = "`clipft wise` has not traced it"
        }
      } catch {
        // One that another version made must not keep the others from being reported.
        reason = "\(error)"
      }
      if let reason { Terminal.say("note: \(folder.url.relativePath) is left out: \(reason)") }
      return reason == nil
    }
  }
}

import CLIPCore
import Checkpoint
import Foundation
import PEFT
import Training

/// Writes what a run learned as an adapter that Hugging Face's peft loads onto transformers' CLIP, with the classification
/// head and the lists of images that it has seen beside it.
public struct PeftExportJob {
  public let run: LoadedRun
  /// A folder that is not there yet, or empty.
  public let place: URL

  public init(run: LoadedRun, place: URL) {
    self.run = run
    self.place = place
  }

  /// Names of the methods that peft knows.
  public static var methods: [String] {
    MethodRegistry.all.filter { $0 is any PeftMethod.Type }.map { $0.name }
  }

  /// Throws for a method that peft does not know.
  public func execute() throws {
    try ExportJob.check(place)
    let record = run.record
    let method = try record.spec.makeMethod()
    guard let known = method as? any PeftMethod, let adaptation = run.tuned.adaptation else {
      throw TrainingError.badSetting(
        "peft has no adapters of \(record.method); it knows \(Self.methods.joined(separator: ", ")). Leave --to away to export "
          + "plain weights.")
    }
    guard record.model.adapter == nil else {
      throw TrainingError.badSetting(
        "\(run.folder.url.relativePath) began from a model with an adapter, which an adapter of its own would leave out; leave "
          + "--to away to export plain weights.")
    }
    let seen = try run.folder.images(record.data).seen
    var export = known.peft(adaptation)
    if adaptation.trainsHead {
      export.save(module: "visual_projection", projection: run.tuned.vision.projection.value)
    }
    let state = run.tuned.mergedState() ?? run.tuned.plainState()
    try NewOutput.folder(at: place) { unfinished in
      try export.write(to: unfinished, base: record.spec.model)
      try seen.write(beside: unfinished)
      guard let weight = state[run.tuned.headWeight.path] else { return }
      try HeadFile.write(
        weight: weight, bias: run.tuned.headBias.value, classNames: record.data.classes.map(\.name),
        notes: ["method": record.method, "run": run.folder.url.lastPathComponent],
        to: unfinished.appendingPathComponent(HeadFile.name))
    }
  }
}

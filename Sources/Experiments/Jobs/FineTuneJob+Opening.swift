import CLIPCore
import Checkpoint
import Foundation
import TensorCore
import Training

extension FineTuneJob {
  /// A job with the model and the images that a specification names, opened. The embedded world's model is trained now if it
  /// never was.
  ///
  /// Throws where something is not there or does not fit.
  public static func open(
    _ spec: RunSpec, in folder: RunFolder, places: Places = Places()
  ) throws -> FineTuneJob {
    var spec = spec
    spec.data = spec.data.absolute
    let data = try TrainingData.open(
      spec.data, seed: spec.settings.seeds.data,
      catalog: places.catalog(dataRoot: spec.data.dataRoot, allowsPartial: spec.data.allowsPartial))
    return try FineTuneJob(spec, model: model(spec, places), data: data, folder: folder)
  }

  /// `monitor` is told while the embedded world's model is made.
  static func model(
    _ spec: RunSpec, _ places: Places, monitor: TrainingMonitor = TrainingMonitor()
  ) throws -> PretrainedModel {
    guard spec.model == WorldModel.name else {
      return try spec.loadModel(at: URL(fileURLWithPath: HomePath.expanded(spec.model)))
    }
    let folder = WorldModel.folder(inCache: places.cache, seed: 0)
    if !WorldModel.isTrained(in: folder) {
      _ = try WorldModel.job(seed: 0, folder: folder).run(monitor: monitor)
    }
    return try spec.loadModel(at: folder)
  }
}

extension RunSpec {
  /// The model that lies at a place, as these words have it: its architecture and image size, its adapter merged.
  public func loadModel(at place: URL) throws -> PretrainedModel {
    let config = try arch.map { (name) throws(ModelError) in try Architectures.config(named: name) }
    let model = try PretrainedModel.load(place, config: config, imageSize: imageSize)
    return try adapter.map { try model.merging(adapterAt: URL(fileURLWithPath: $0)) } ?? model
  }
}

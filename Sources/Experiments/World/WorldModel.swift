import CLIPCore
import Datasets
import Foundation
import ImageCodec
import NN
import TensorCore
import Training

/// The small CLIP of the embedded world: the default model.
public enum WorldModel {
  /// Name of the default model on the command line.
  public static let name = "world"

  public static let config = Architectures.world

  public static func settings(seed: UInt64) -> PretrainingSettings {
    let pretraining = recipe.pretraining
    return PretrainingSettings(
      steps: pretraining.steps, batchSize: pretraining.batchSize, learningRate: pretraining.learningRate,
      warmupSteps: pretraining.warmupSteps, weightDecay: pretraining.weightDecay, beta2: pretraining.beta2,
      clipNorm: pretraining.clipNorm, positionAmplitude: pretraining.positionAmplitude, seed: seed)
  }

  private static let recipe = WorldRecipe.standard

  /// Where the model of a seed lies in the cache.
  public static func folder(inCache cache: URL, seed: UInt64) -> URL {
    cache.appendingPathComponent("world-\(World.version)-\(seed)/model")
  }

  /// Whether a folder holds a finished model.
  public static func isTrained(in folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent("config.json").path)
  }

  /// The training of the model into a folder.
  public static func job(seed: UInt64, folder: URL, settings: PretrainingSettings? = nil) -> PretrainJob {
    let preprocessing = Preprocessing.clip(size: config.vision.imageSize)
    let source = WorldCaptions(seed: seed, preprocessing: preprocessing)
    return PretrainJob(
      config: config, preprocessing: preprocessing, source: source, captions: source.captions,
      settings: settings ?? Self.settings(seed: seed), folder: folder)
  }
}

extension DatasetCatalog {
  /// Whether an argument names data of the embedded world.
  public func isWorld(_ argument: String) throws(DatasetError) -> Bool {
    guard case .manifest(let name, _) = try DatasetSpecifier.parse(argument), names.contains(name) else {
      return false
    }
    return try manifest(named: name).storage == nil
  }
}

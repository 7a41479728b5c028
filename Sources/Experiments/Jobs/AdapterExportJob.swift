import CLIPCore
import Checkpoint
import Foundation
import NN
import Training

/// Writes a model with an adapter of peft in its weights, at an alpha, as a plain model, with the lists of images that either
/// has seen beside it.
public struct AdapterExportJob {
  public let model: PretrainedModel
  /// The adapter's folder.
  public let adapter: URL
  /// Interpolation between the model without the adapter (0) and with it (1).
  public let alpha: Double
  public let layout: ModelLayout
  /// A folder, or a file of weights.
  public let place: URL

  public init(model: PretrainedModel, adapter: URL, alpha: Double, layout: ModelLayout, place: URL) {
    self.model = model
    self.adapter = adapter
    self.alpha = alpha
    self.layout = layout
    self.place = place
  }

  /// What the reader of what was written must know is returned, a sentence each. The model is left at alpha.
  public func execute() throws -> [String] {
    try ExportJob.check(place)
    try layout.check(model.clip.config, of: model.place)
    let seen = try SeenImages.of(model: model.place, adapter: adapter)
    let weights = try ModelPair(model, adapter: adapter).weights
    model.clip.store.assign(try weights.state(alpha: alpha))
    return try ExportJob.write(model, as: layout, to: place, seen: seen)
  }
}

import Checkpoint
import Datasets
import Foundation
import Synchronization
import TensorCore
import Training

/// Features of pre-trained towers in a folder, and the latest of them in memory: what linear probes and heads made of text train on
/// and are scored with, and every method at alpha 0, computed once for all runs of all studies that share the folder.
///
/// The folder may be removed at any time; what is missing or cannot be read is computed again.
final class FeatureStore: FeatureKeeper {
  private let folder: URL
  /// In memory, the newest last.
  private let kept = Mutex<[(key: String, features: Tensor)]>([])
  /// Bytes in memory.
  private static let most = 256 << 20

  init(_ folder: URL) { self.folder = folder }

  func features(_ key: String) -> Tensor? {
    if let found = kept.withLock({ $0.first { $0.key == key }?.features }) { return found }
    guard let found = try? SafetensorsFile(url: file(key)).tensor("features") else { return nil }
    remember(found, key)
    return found
  }

  func keep(_ features: Tensor, as key: String) {
    remember(features, key)
    var state = StateDict()
    state["features"] = features
    // A full disk, or a folder that cannot be written to, costs time and nothing else.
    try? StudyFolder.make(folder)
    try? SafetensorsFile.write(state, to: file(key))
  }

  private func remember(_ features: Tensor, _ key: String) {
    kept.withLock { kept in
      kept.append((key, features))
      while kept.count > 1, kept.reduce(0, { $0 + $1.features.bytes.count }) > Self.most {
        kept.removeFirst()
      }
    }
  }

  private func file(_ key: String) -> URL {
    folder.appendingPathComponent(ContentHash.sha256(of: Data(key.utf8)).prefix(32) + ".safetensors")
  }
}

extension KeptFeatures {
  /// For a run's images.
  init(_ keeper: any FeatureKeeper, of record: RunRecord, _ images: RunImages) {
    self.init(
      keeper, tower: Self.tower(of: record), train: ImageList.orderedKey(images.train.entries),
      validation: ImageList.orderedKey(images.validation.entries))
  }

  /// What features of the model that a run began from depend on, besides the images.
  static func tower(of record: RunRecord) -> String {
    struct Key: Encodable {
      let model: RunRecord.Model
      let machine: RunRecord.Machine
    }
    var model = record.model
    model.path = ""
    return JSONFormat.line(Key(model: model, machine: .current()))
  }
}

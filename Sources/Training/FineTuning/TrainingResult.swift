import Foundation

/// Where a training writes to.
public struct TrainingFiles: Sendable {
  /// Everything needed to go on; its folder is made with it.
  public var checkpoint: URL
  /// What was trained, when it ends.
  public var tuned: URL

  public init(checkpoint: URL, tuned: URL) {
    self.checkpoint = checkpoint
    self.tuned = tuned
  }
}

/// What a training came to.
public struct TrainingResult: Codable, Sendable, Equatable {
  public var epochs: Int
  public var steps: Int
  /// Mean of the last epoch; nil where no step was made.
  public var trainLoss: Float?
  public var valTop1: Double?
  /// Whose weights it ends with, counted from 1, where the best was to be chosen; 0 where none was validated.
  public var bestEpoch: Int?
  public var imagesPerS: Double
  public var seconds: Double
  public var peakRssMb: Int
  /// SHA-256 of `tuned.safetensors` and of `head0.safetensors`; nil until they are known.
  public var tunedSha256: String?
  public var startHeadSha256: String?
}

import EvalShift

/// Output ensembles of models on the same images: what `clipft ensemble --json` prints.
public struct EnsembleReport: Codable, Sendable, Equatable {
  /// One member on one set.
  public struct Member: Codable, Sendable, Equatable {
    public let name: String
    public let method: String
    public let seed: UInt64?
    public let alpha: Double
    public let top1: Double
    public let top1Interval: ConfidenceBounds
    /// By which its logits are divided before they are combined; nil where the rule divides none.
    public let temperature: Double?

    private enum CodingKeys: String, CodingKey {
      case name, method, seed, alpha, top1, temperature
      case top1Interval = "top1_ci95"
    }
  }

  /// All ensembles on one set.
  public struct Dataset: Codable, Sendable, Equatable {
    public let dataset: String
    public let n: Int
    public let imagesSHA256: String
    public let marks: [String]
    public let members: [Member]
    public let ensembles: [EnsembleScore]

    private enum CodingKeys: String, CodingKey {
      case dataset, n, marks, members, ensembles
      case imagesSHA256 = "images_sha256"
    }
  }

  /// The ensemble that was chosen on validation images.
  public struct Selection: Codable, Sendable, Equatable {
    /// An ensemble of one size, and its accuracy on the validation images.
    public struct Step: Codable, Sendable, Equatable {
      public let members: [String]
      public let top1: Double
    }

    public let dataset: String
    public let n: Int
    public let imagesSHA256: String
    /// The best of each size on the way.
    public let steps: [Step]
    /// The smallest of those that are best.
    public let members: [String]
    public let cost: EnsembleCost

    private enum CodingKeys: String, CodingKey {
      case dataset, n, steps, members, cost
      case imagesSHA256 = "images_sha256"
    }
  }

  public let rule: String
  /// At which all runs were taken; nil where each was at the alpha that its curve selects.
  public let alpha: Double?
  public let resampling: Resampling
  public let datasets: [Dataset]
  public let selection: Selection?
  /// Of all members together.
  public let cost: EnsembleCost
  /// What its reader must know, a sentence each.
  public let notes: [String]
}

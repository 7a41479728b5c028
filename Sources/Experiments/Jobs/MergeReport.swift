import Datasets
import EvalShift
import TensorCore
import WiSE

/// What a merge was made of and came to: `clipft merge --json`, and `merge.json` in what it wrote.
public struct MergeReport: Encodable {
  public let method: String
  public let citation: String
  public let options: [String: OptionValue]
  /// As they were named, in order.
  public let inputs: [String]
  /// SHA-256 of the weights of each; of a run, of what it tuned.
  public let inputsSha256: [String]
  public let base: String?
  public let baseSha256: String?
  /// Files of Fisher information, in the order of the models.
  public let fisher: [String]?
  /// What each model counts for: a share, or a factor on its task vector; see `coefficientMeaning`.
  public let coefficients: [Double]
  /// What the coefficients are, in a few words.
  public let coefficientMeaning: String
  /// By what the task vectors of a tensor were multiplied, where the method finds that for each.
  public let factors: [String: Double]?
  public let validation: Validation?
  public let tensors: Int
  public let elementType: String
  /// Classes of the head that was merged; nil where none was.
  public let headClasses: Int?
  /// What its reader must know, a sentence each.
  public let notes: [String]
  public let version: String
  /// Nil in `merge.json`.
  public var output: String?
  public var peakRssMb: Int?

  /// The images by which the coefficients were found.
  public struct Validation: Encodable {
    public let dataset: String
    public let images: Int
    public let imagesSha256: String
    public let precision: String
    /// Images that the models were trained or selected on before.
    public let overlaps: SetOverlaps?
    public let trials: [MixtureTrial]
  }
}

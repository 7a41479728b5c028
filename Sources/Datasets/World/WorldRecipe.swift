/// How a small CLIP is pre-trained on the embedded world and fine-tuned on its target, as plain numbers.
///
/// The numbers are the same for every seed. What they give is tabulated at `fineTuning(method:)`.
public struct WorldRecipe: Sendable {
  /// Extents of a transformer tower.
  public struct Tower: Sendable {
    public var width, layers, heads: Int
  }

  /// Contrastive pre-training on `World.captioned`: consecutive images in consecutive batches, each once.
  ///
  /// What made it quick: batches made of whole rounds of the classes, so that within a rendition nothing but
  /// the outline tells captions apart; position embeddings that start as sines and cosines, which reach the
  /// same accuracy with half the images; captions that always name the thing and mostly nothing else;
  /// photographs every other time, since they are learned last.
  public struct Pretraining: Sendable {
    public var steps: Int
    /// Four rounds of all classes: two of photographs and two of other renditions.
    public var batchSize: Int
    public var learningRate: Float
    public var warmupSteps: Int
    public var weightDecay: Float
    public var beta2: Float
    public var clipNorm: Float
    /// Amplitude of the sines and cosines that the image tower's position embeddings start as.
    public var positionAmplitude: Float
  }

  /// Fine-tuning by one method: AdamW, linear warm-up over a tenth of the steps, then cosine to 0.
  public struct FineTuning: Sendable {
    public var learningRate: Float
    public var epochs: Int
    public var batchSize: Int
    public var weightDecay: Float
    public var clipNorm: Float
  }

  public var imageSize = 32
  public var patchSize = 4
  public var vision = Tower(width: 128, layers: 4, heads: 4)
  public var text = Tower(width: 96, layers: 2, heads: 4)
  public var embeddingWidth = 96
  public var contextLength = 12
  /// The tokenizer stops short of this when every word of the captions is one token.
  public var largestVocabulary = 1000

  public var pretraining = Pretraining(
    steps: 1000, batchSize: 64, learningRate: 1.5e-3, warmupSteps: 80, weightDecay: 0.05, beta2: 0.98,
    clipNorm: 1, positionAmplitude: 1)

  /// Images of the target domain that fine-tuning sees.
  public var trainingImages = 2560
  /// Images of each evaluation set of the demonstration.
  public var testImages = 480

  /// The recipe of the embedded world.
  public static let standard = WorldRecipe()

  private init() {}

  /// The settings of a method; methods without settings of their own train like `lora`.
  public func fineTuning(method: String) -> FineTuning {
    let (learningRate, epochs): (Float, Int) =
      switch method {
      case "full": (1e-3, 6)
      case "linear": (2e-3, 6)
      default: (1e-3, 6)
      }
    return FineTuning(
      learningRate: learningRate, epochs: epochs, batchSize: 64, weightDecay: 0.01, clipNorm: 1)
  }
}

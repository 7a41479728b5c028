import TensorCore

/// Mixup (Zhang et al. 2018) and CutMix (Yun et al. 2019) of whole batches, as timm's `Mixup` does them in its `batch`
/// mode: image i of B with image B − 1 − i, the same way for all.
///
/// What is done depends only on a seed and a step. A batch that is trained on in parts is mixed as a whole: see `Mix`.
public struct BatchMixing: Sendable, Codable, Equatable {
  /// Of the beta distribution that mixup's share is drawn from; 0 is no mixup.
  public var mixupAlpha: Double
  /// Of CutMix's; 0 is no CutMix.
  public var cutmixAlpha: Double
  /// How many of the batches are mixed.
  public var probability: Double
  /// How many of the mixed batches are by CutMix, where both are wanted.
  public var switchProbability: Double
  /// Share of every label that is spread over all classes, mixed or not.
  public var labelSmoothing: Double
  /// Whether CutMix's labels follow the area that was pasted, not the one drawn, of which a part may lie outside.
  public var correctsShare: Bool

  /// The default is timm's.
  public init(
    mixupAlpha: Double = 1, cutmixAlpha: Double = 0, probability: Double = 1, switchProbability: Double = 0.5,
    labelSmoothing: Double = 0.1, correctsShare: Bool = true
  ) {
    self.mixupAlpha = mixupAlpha
    self.cutmixAlpha = cutmixAlpha
    self.probability = probability
    self.switchProbability = switchProbability
    self.labelSmoothing = labelSmoothing
    self.correctsShare = correctsShare
  }

  /// Images [rows, 3, height, width] and the distributions of their classes [rows, classes].
  public struct MixedRows: Sendable {
    public let images: Tensor
    public let targets: Tensor
  }

  /// A mixed batch, or some of its rows. images: the whole batch, [B, 3, height, width]; labels: those of the whole batch.
  /// - Precondition: every label is in 0..<classes.
  public func callAsFunction(
    _ images: Tensor, labels: [Int32], classes: Int, seed: UInt64, step: Int, rows: Range<Int>? = nil
  ) -> MixedRows {
    let mix = mix(height: images.shape[2], width: images.shape[3], seed: seed, step: step)
    let rows = rows ?? 0..<labels.count
    return MixedRows(
      images: mix.images(rows, of: images),
      targets: mix.targets(rows, of: labels, classes: classes, smoothing: labelSmoothing))
  }

  /// How the batch of a step is mixed, of images of `height` × `width` pixels.
  public func mix(height: Int, width: Int, seed: UInt64, step: Int) -> Mix {
    var random = SeededRandom(SeededRandom.seed(seed, named: "mixing"), UInt64(bitPattern: Int64(step)))
    guard mixupAlpha > 0 || cutmixAlpha > 0, random.chance(Float(probability)) else { return .none }
    let cuts =
      mixupAlpha > 0 && cutmixAlpha > 0 ? random.chance(Float(switchProbability)) : cutmixAlpha > 0
    let share = random.beta(cuts ? cutmixAlpha : mixupAlpha)
    guard share < 1 else { return .none }
    guard cuts else { return .blend(share: share) }
    let (y, x) = (random.int(below: height), random.int(below: width))
    return .paste(share: share, y: y, x: x, height: height, width: width, correctsShare: correctsShare)
  }

  /// Throws if a value is out of its range.
  public func validate() throws(AugmentationError) {
    for (key, value, largest) in [
      ("mixup", mixupAlpha, 1000), ("cutmix", cutmixAlpha, 1000), ("mix_probability", probability, 1),
      ("mix_switch", switchProbability, 1), ("label_smoothing", labelSmoothing, 1),
    ] as [(String, Double, Double)] where !(0...largest).contains(value) {
      throw .outOfRange(key: key, "is \(value); give 0 to \(Int(largest))")
    }
  }
}

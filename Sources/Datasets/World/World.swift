import ImageCodec
import TensorCore

/// A procedural picture world that mirrors the ImageNet family in small: things drawn as photographs,
/// sketches, neon signs, paintings and toys, with a target domain and four shifts of it.
///
/// Every image depends on nothing but the seed, the set it belongs to and its index; the same seed gives the
/// same bits on every machine.
public struct World: Sendable {
  /// Raised whenever the pixels of any image change.
  public static let version = 2

  /// What the label numbers mean.
  public static let classNames = WorldObject.allCases.map(\.name)

  /// Zero-shot prompts, one for each rendition; `{}` is the class name.
  public static let promptTemplates = WorldStyle.allCases.map(\.template)

  /// Every caption that pre-training can show: the text that the tokenizer learns its merges from.
  public static let pretrainingCaptions: [String] = WorldObject.allCases.flatMap { object in
    WorldStyle.allCases.map { WorldScene.caption(object, style: $0) }
      + WorldColour.allCases.map { WorldScene.caption(object, colour: $0) }
      + WorldBackground.allCases.map { WorldScene.caption(object, background: $0) }
  }

  /// The target domain and its shifts.
  public enum Domain: String, CaseIterable, Sendable {
    /// Photographs in which background and colour usually go with the thing.
    case target
    /// A fresh draw of the target, slightly harder, its regularities weaker.
    case v2
    /// Other renditions: neon, paintings, toys.
    case r
    /// Pencil sketches.
    case sketch
    /// Hard photographs: clutter, posts in front, and the context of some other thing.
    case a

    /// The name of the data set.
    public var datasetName: String { self == .target ? "shapes" : "shapes-\(rawValue)" }
  }

  public enum Split: String, CaseIterable, Sendable {
    case train, val, test
  }

  /// One labelled, captioned image.
  public struct Sample: Sendable {
    public let image: PixelImage
    /// An index into `World.classNames`.
    public let label: Int
    public let caption: String
  }

  public let seed: UInt64
  /// Width and height of every image in pixels.
  public let size: Int

  /// A world of square images; a size outside 8…1024 is moved to its nearest end.
  public init(seed: UInt64, size: Int = 32) {
    self.seed = seed
    self.size = min(max(size, 8), 1024)
  }

  /// An image of an evaluation or fine-tuning set; any 16 consecutive images show every class once.
  public func sample(domain: Domain, split: Split, index: Int) -> Sample {
    let stream = SeededRandom.seed(seed, named: "\(domain.rawValue) \(split.rawValue)")
    return sample(index, stream: stream, conditions: domain.conditions)
  }

  /// An image of the endless pre-training stream; any 128 consecutive ones show every class
  /// in every rendition.
  public func captioned(index: Int) -> Sample {
    sample(index, stream: SeededRandom.seed(seed, named: "pretraining"), conditions: .pretraining)
  }

  private func sample(_ index: Int, stream: UInt64, conditions: WorldConditions) -> Sample {
    var random = SeededRandom(stream, UInt64(bitPattern: Int64(index)))
    let position = max(index, 0)
    let label = position % WorldObject.allCases.count
    let turn = position / WorldObject.allCases.count
    let scene = WorldScene(
      object: WorldObject.allCases[label], style: conditions.styles[turn % conditions.styles.count],
      conditions: conditions, random: &random)
    let caption = scene.caption(random: &random)
    var painter = WorldPainter(scene: scene, size: size, random: random)
    let image = PixelImage(width: size, height: size, pixels: painter.paint())
    return Sample(image: image, label: label, caption: caption)
  }
}

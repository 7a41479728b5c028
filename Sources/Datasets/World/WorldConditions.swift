/// The renditions in which the embedded world is drawn.
enum WorldStyle: Int, CaseIterable, Sendable {
  case photo, sketch, neon, paint, toy

  /// A caption, and a zero-shot prompt, that names the rendition; `{}` stands for the thing.
  var template: String {
    switch self {
    case .photo: "a photo of a {}"
    case .sketch: "a sketch of a {}"
    case .neon: "a neon {}"
    case .paint: "a painting of a {}"
    case .toy: "a toy {}"
    }
  }
}

/// How background and colour go with the thing that is shown.
enum WorldContext: Equatable, Sendable {
  /// Any background and any colour.
  case free
  /// Background and colour are each the thing's usual one with this probability, otherwise any.
  case usual(Float)
  /// Background and colour are the usual ones of a different thing.
  case contrary
}

/// What a set of images has in common.
struct WorldConditions: Sendable {
  /// Styles follow each other in this order, each for one round of all classes.
  var styles: [WorldStyle]
  var context: WorldContext
  /// Half the width of a thing, in half image widths.
  var halfSize: ClosedRange<Float>
  /// Standard deviation of the pixel noise, 0…1.
  var noise: Float
  /// The probability that a post hides part of the thing.
  var occlusion: Float
  /// Other small things lying about.
  var clutter: ClosedRange<Int>

  /// What the small CLIP is pre-trained on: every style, nothing tied to the class. Photographs are the
  /// hardest to learn and come every other time.
  static let pretraining = WorldConditions(
    styles: [.photo, .sketch, .photo, .neon, .photo, .paint, .photo, .toy], context: .free,
    halfSize: 0.60...0.84, noise: 0.03, occlusion: 0.1, clutter: 0...1)
}

extension World.Domain {
  /// What makes each evaluation set what it is.
  var conditions: WorldConditions {
    switch self {
    case .target:
      WorldConditions(
        styles: [.photo], context: .usual(0.85), halfSize: 0.56...0.82, noise: 0.05, occlusion: 0.4,
        clutter: 0...1)
    case .v2:
      WorldConditions(
        styles: [.photo], context: .usual(0.65), halfSize: 0.54...0.80, noise: 0.06, occlusion: 0.45,
        clutter: 0...1)
    case .r:
      WorldConditions(
        styles: [.neon, .paint, .toy], context: .free, halfSize: 0.56...0.82, noise: 0.03, occlusion: 0,
        clutter: 0...0)
    case .sketch:
      WorldConditions(
        styles: [.sketch], context: .free, halfSize: 0.56...0.82, noise: 0.03, occlusion: 0, clutter: 0...0)
    case .a:
      WorldConditions(
        styles: [.photo], context: .contrary, halfSize: 0.52...0.76, noise: 0.05, occlusion: 0.35,
        clutter: 1...3)
    }
  }
}

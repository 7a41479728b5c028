import TensorCore

/// Everything that one image shows, drawn at random under given conditions.
struct WorldScene: Sendable {
  var object: WorldObject
  var style: WorldStyle
  var colour: WorldColour
  var background: WorldBackground
  /// Where the thing is and how it is turned; maps image coordinates in ±1 to object coordinates.
  var placement: Placement
  var noise: Float
  var clutter: Int
  /// Centre and half width of the post in front, in image coordinates.
  var post: (centre: Float, halfWidth: Float)?
  var light: Light

  struct Placement: Sendable {
    var centre: SIMD2<Float>
    var halfSize: Float
    var aspect: Float
    /// Tangent of the tilt.
    var tilt: Float
  }

  struct Light: Sendable {
    var direction: SIMD2<Float>
    var strength: Float
    /// Details are lighter than the body, or darker.
    var pale: Bool
  }

  init(object: WorldObject, style: WorldStyle, conditions: WorldConditions, random: inout SeededRandom) {
    self.object = object
    self.style = style
    (background, colour) = Self.context(of: object, conditions.context, random: &random)
    placement = Placement(
      centre: [random.uniform(-0.16, 0.16), random.uniform(-0.16, 0.16)],
      halfSize: random.uniform(conditions.halfSize.lowerBound, conditions.halfSize.upperBound),
      aspect: random.uniform(0.88, 1.14), tilt: random.uniform(-0.32, 0.32))
    noise = conditions.noise * random.uniform(0.6, 1.4)
    clutter =
      conditions.clutter.lowerBound
      + random.int(below: conditions.clutter.upperBound - conditions.clutter.lowerBound + 1)
    let side: Float = random.chance(0.5) ? 1 : -1
    let offset = random.uniform(0.05, 0.5) * side
    let width = random.uniform(0.12, 0.22)
    post = random.chance(conditions.occlusion) ? (placement.centre.x + offset, width) : nil
    light = Light(
      direction: [random.uniform(-0.16, 0.16), random.uniform(-0.2, -0.06)],
      strength: random.uniform(0.82, 1.12), pale: random.chance(0.6))
  }

  private static func context(
    of object: WorldObject, _ context: WorldContext, random: inout SeededRandom
  ) -> (WorldBackground, WorldColour) {
    let anyBackground = WorldBackground.allCases[random.int(below: WorldBackground.allCases.count)]
    let anyColour = WorldColour.allCases[random.int(below: WorldColour.allCases.count)]
    let backgroundTie = random.uniform()
    let colourTie = random.uniform()
    let others = WorldObject.allCases.filter {
      $0.usualBackground != object.usualBackground && $0.usualColour != object.usualColour
    }
    let other = others[random.int(below: others.count)]
    switch context {
    case .free: return (anyBackground, anyColour)
    case .usual(let probability):
      return (
        backgroundTie < probability ? object.usualBackground : anyBackground,
        colourTie < probability ? object.usualColour : anyColour
      )
    case .contrary: return (other.usualBackground, other.usualColour)
    }
  }

  /// A caption as found under such an image; it always names the thing, and sometimes what surrounds it.
  func caption(random: inout SeededRandom) -> String {
    let choice = random.uniform()
    if style != .sketch, choice < 0.2 { return Self.caption(object, colour: colour) }
    if style == .photo, choice < 0.5 { return Self.caption(object, background: background) }
    return Self.caption(object, style: style)
  }

  static func caption(_ object: WorldObject, style: WorldStyle) -> String {
    style.template.replacing("{}", with: object.name)
  }

  static func caption(_ object: WorldObject, colour: WorldColour) -> String {
    "a \(colour.name) \(object.name)"
  }

  static func caption(_ object: WorldObject, background: WorldBackground) -> String {
    "a \(object.name) on \(background.name)"
  }
}

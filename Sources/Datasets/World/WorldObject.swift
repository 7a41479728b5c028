import TensorCore

/// The drawn things of the embedded world; the order is the label order.
enum WorldObject: Int, CaseIterable, Sendable {
  case star, heart, moon, house, tree, fish, bolt, cross, ring, mushroom, cup, flower, boat, bell, key, cloud

  var name: String { String(describing: self) }

  /// The background on which the target domain usually shows the thing.
  var usualBackground: WorldBackground {
    switch self {
    case .star, .moon: .night
    case .heart, .bell: .brick
    case .house, .cross: .snow
    case .tree, .mushroom: .grass
    case .fish, .boat: .water
    case .bolt, .cloud: .sky
    case .ring, .cup: .wood
    case .flower, .key: .sand
    }
  }

  /// The colour in which the target domain usually shows the thing; with the background it names the class.
  var usualColour: WorldColour {
    switch self {
    case .star, .bolt: .yellow
    case .moon, .fish: .orange
    case .heart, .house: .red
    case .tree, .bell: .green
    case .cup, .boat: .blue
    case .mushroom, .cloud: .purple
    case .ring, .flower: .pink
    case .cross, .key: .teal
    }
  }

  /// Draws one individual: `body` is its outline and `detail` the parts in a second tone, both within ±1.
  func draw(body: DistanceField, detail: DistanceField, random: inout SeededRandom) {
    func vary(_ centre: Float, _ spread: Float) -> Float { random.uniform(centre - spread, centre + spread) }
    switch self {
    case .star:
      body.polygon(Self.radial(points: 5, outer: 1, inner: vary(0.44, 0.06)))
    case .heart:
      let dip = vary(-0.3, 0.06)
      body.circle(-0.46, -0.36, radius: 0.5)
      body.circle(0.46, -0.36, radius: 0.5)
      body.polygon([
        [-0.9, -0.12], [-0.4, -0.4], [0, dip], [0.4, -0.4], [0.9, -0.12], [0, vary(0.95, 0.05)],
      ])
    case .moon:
      body.circle(0, 0, radius: 0.95)
      body.circle(vary(0.45, 0.07), vary(-0.15, 0.1), radius: vary(0.78, 0.04), .subtract)
    case .house:
      let eaves = vary(-0.12, 0.08)
      let half = vary(0.7, 0.06)
      body.box(0, (0.9 + eaves) / 2, half, (0.9 - eaves) / 2)
      body.box(0.5, -0.5, 0.13, 0.35)
      body.polygon([[-0.98, eaves], [0, -0.95], [0.98, eaves]])
      detail.box(vary(-0.1, 0.25), 0.62, 0.17, 0.28)
    case .tree:
      let waist = vary(-0.15, 0.08)
      body.box(0, 0.75, vary(0.16, 0.04), 0.25)
      body.polygon([[-vary(0.62, 0.06), waist], [0, -1], [vary(0.62, 0.06), waist]])
      body.polygon([[-0.88, 0.55], [0, waist - 0.3], [0.88, 0.55]])
      detail.box(0, 0.78, 0.17, 0.24)
    case .fish:
      // The body is where two large circles overlap.
      let half = vary(0.5, 0.05)
      let radius = (0.64 + half * half) / (2 * half)
      body.circle(-0.2, radius - half, radius: radius)
      body.circle(-0.2, half - radius, radius: radius, .intersect)
      let fin = vary(0.55, 0.08)
      body.polygon([[0.3, 0], [0.98, -fin], [0.8, 0], [0.98, fin]])
      detail.circle(-0.6, -0.1, radius: 0.11)
    case .bolt:
      let shift = vary(0, 0.08)
      body.polygon([
        [-0.05, -1], [-0.62, 0.14 + shift], [-0.1, 0.12 + shift], [-0.32, 1], [0.62, -0.3 + shift],
        [0.1, -0.28 + shift], [0.5, -1],
      ])
    case .cross:
      let width = vary(0.28, 0.05)
      body.box(0, 0, width, 0.95)
      body.box(0, vary(-0.1, 0.1), 0.92, width)
    case .ring:
      body.circle(0, 0, radius: 0.92)
      body.circle(0, 0, radius: vary(0.52, 0.07), .subtract)
    case .mushroom:
      let rim = vary(0.05, 0.08)
      body.circle(0, 0, radius: 0.95)
      body.box(0, rim - 1, 1, 1, .intersect)
      body.box(0, 0.5, vary(0.28, 0.05), 0.48, rounded: 0.1)
      detail.circle(-0.45, -0.3, radius: 0.16)
      detail.circle(0.05, -0.6, radius: 0.15)
      detail.circle(0.45, -0.25, radius: 0.17)
    case .cup:
      let middle = vary(0.05, 0.08)
      body.circle(0.5, middle, radius: 0.44)
      body.circle(0.5, middle, radius: 0.2, .subtract)
      body.box(-0.2, 0.05, vary(0.62, 0.05), 0.8, rounded: 0.14)
      detail.box(-0.2, -0.5, 0.62, 0.1)
    case .flower:
      let reach = vary(0.6, 0.03)
      for petal in 0..<6 {
        let at = Self.direction(turns: Float(petal) / 6) * reach
        body.circle(at.x, at.y, radius: 0.35)
      }
      body.circle(0, 0, radius: 0.45)
      detail.circle(0, 0, radius: vary(0.3, 0.04))
    case .boat:
      let deck = vary(0.38, 0.05)
      body.polygon([[-0.97, deck], [0.97, deck], [0.6, 0.92], [-0.6, 0.92]])
      body.box(0, -0.3, 0.07, 0.7)
      let rightSail: [SIMD2<Float>] = [[0.02, -0.95], [vary(0.78, 0.08), 0.2], [0.02, 0.2]]
      let leftSail: [SIMD2<Float>] = [[-0.02, -0.7], [-0.02, 0.2], [-vary(0.6, 0.08), 0.2]]
      body.polygon(rightSail)
      body.polygon(leftSail)
      detail.polygon(rightSail)
      detail.polygon(leftSail)
    case .bell:
      let flare = vary(0.9, 0.06)
      body.circle(0, -0.3, radius: 0.56)
      body.polygon([
        [-0.56, -0.3], [0.56, -0.3], [0.64, 0.22], [flare, 0.6], [-flare, 0.6], [-0.64, 0.22],
      ])
      body.circle(0, -0.86, radius: 0.14)
      body.circle(0, 0.74, radius: 0.22)
      detail.circle(0, 0.78, radius: 0.2)
    case .key:
      let head = vary(0.46, 0.04)
      body.circle(-0.52, 0, radius: head)
      body.circle(-0.52, 0, radius: head * 0.45, .subtract)
      body.box(0.42, 0, 0.56, 0.14)
      body.box(0.84, 0.26, 0.12, vary(0.3, 0.05))
      body.box(0.46, 0.22, 0.12, vary(0.26, 0.05))
    case .cloud:
      body.circle(-0.52, 0.18, radius: vary(0.4, 0.04))
      body.circle(-0.05, -0.15, radius: vary(0.56, 0.05))
      body.circle(0.52, 0.15, radius: vary(0.42, 0.04))
      body.box(0, 0.36, 0.78, 0.24, rounded: 0.2)
    }
  }

  /// The corners of a star, the first pointing up.
  private static func radial(points: Int, outer: Float, inner: Float) -> [SIMD2<Float>] {
    (0..<2 * points).map { corner in
      direction(turns: Float(corner) / Float(2 * points)) * (corner % 2 == 0 ? outer : inner)
    }
  }

  /// The unit vector that many turns clockwise from straight up.
  private static func direction(turns: Float) -> SIMD2<Float> {
    [sineOfTurns(turns), -sineOfTurns(turns + 0.25)]
  }
}

/// sin(2π·turns) within 2e-4, from exactly rounded operations only.
@inline(__always)
func sineOfTurns(_ turns: Float) -> Float {
  let wrapped = turns - turns.rounded(.down) - 0.5
  // A parabola through the zeros and extremes, then one correction step.
  let parabola = wrapped * (8 - 16 * abs(wrapped))
  return -(0.775 * parabola + 0.225 * parabola * abs(parabola))
}

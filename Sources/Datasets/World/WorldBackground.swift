import TensorCore

/// The textured places in which photographs of the embedded world are taken.
enum WorldBackground: Int, CaseIterable, Sendable {
  case sky, grass, sand, brick, water, wood, night, snow

  var name: String { String(describing: self) }

  /// Paints the place over the whole image: `pixels` holds `size · size` colours in 0…1.
  func paint(_ pixels: UnsafeMutablePointer<SIMD3<Float>>, size: Int, random: inout SeededRandom) {
    let noise = ValueNoise(seed: UInt32(truncatingIfNeeded: random.next()))
    let phase = random.uniform()
    let slant = random.uniform(-0.3, 0.3)
    let pitch = random.uniform(0.85, 1.15)
    let step = 1 / Float(size)
    for row in 0..<size {
      let v = (Float(row) + 0.5) * step
      for column in 0..<size {
        let u = (Float(column) + 0.5) * step
        pixels[row * size + column] = colour(u, v, noise, phase, slant, pitch)
      }
    }
  }

  /// The colour at (u, v), both in 0…1 from the top left.
  @inline(__always)
  private func colour(
    _ u: Float, _ v: Float, _ noise: ValueNoise, _ phase: Float, _ slant: Float, _ pitch: Float
  ) -> SIMD3<Float> {
    switch self {
    case .sky:
      let cloud = noise.at(u * 4 * pitch, v * 7 * pitch)
      return mix([0.42, 0.62, 0.86], [0.80, 0.88, 0.95], v * 0.7 + 0.6 * max(cloud - 0.5, 0))
    case .grass:
      let blades = noise.at(u * 17 * pitch, (v + u * slant) * 5)
      return mix([0.20, 0.36, 0.14], [0.50, 0.66, 0.28], 0.15 + 0.85 * blades)
    case .sand:
      let ripple = 0.5 + 0.5 * sineOfTurns(v * 5 * pitch + phase + slant * u + 0.35 * noise.at(u * 4, v * 4))
      return mix([0.76, 0.64, 0.44], [0.92, 0.83, 0.64], ripple)
    case .brick:
      let course = v * 6 * pitch + phase
      let row = course.rounded(.down)
      let along = u * 3 * pitch + phase + 0.5 * row
      let brick = along.rounded(.down)
      let mortar = course - row < 0.17 || along - brick < 0.09
      let tone = noise.lattice(Int32(brick), Int32(row))
      return mortar ? [0.74, 0.70, 0.66] : mix([0.52, 0.27, 0.21], [0.68, 0.38, 0.30], tone)
    case .water:
      let swell = sineOfTurns(v * 7 * pitch + phase + 0.22 * sineOfTurns(u * 1.6 + phase) + slant * u)
      return mix(
        [0.10, 0.34, 0.50], [0.40, 0.66, 0.76], 0.4 + 0.35 * swell + 0.3 * (noise.at(u * 6, v * 6) - 0.5))
    case .wood:
      let plank = u * 4 * pitch + phase
      let board = plank.rounded(.down)
      let grain = noise.at((plank + slant * v) * 5, v * 2 + board * 7)
      let seam: Float = plank - board < 0.08 ? 0.55 : 1
      return mix([0.46, 0.31, 0.18], [0.66, 0.48, 0.30], grain) * seam
    case .night:
      let spark = noise.lattice(Int32(u * 15 * pitch), Int32(v * 15 * pitch))
      let glow = spark > 0.94 ? Float(0.6) : 0
      return mix([0.05, 0.06, 0.17], [0.14, 0.13, 0.30], v) + glow
    case .snow:
      let drift = noise.at(u * 3 * pitch, (v + slant * u) * 5 * pitch)
      return mix([0.80, 0.85, 0.93], [0.97, 0.98, 1.0], drift)
    }
  }
}

/// `from` at 0, `to` at 1.
@inline(__always)
func mix(_ from: SIMD3<Float>, _ to: SIMD3<Float>, _ amount: Float) -> SIMD3<Float> {
  from + (to - from) * min(max(amount, 0), 1)
}

/// Smooth seeded noise in 0…1 with one random value at each lattice point.
struct ValueNoise: Sendable {
  let seed: UInt32

  @inline(__always)
  func lattice(_ x: Int32, _ y: Int32) -> Float {
    var hash = seed ^ (UInt32(bitPattern: x) &* 0x9E37_79B1) ^ (UInt32(bitPattern: y) &* 0x85EB_CA77)
    hash = (hash ^ (hash >> 15)) &* 0x2C1B_3C6D
    hash = (hash ^ (hash >> 12)) &* 0x297A_2D39
    return Float((hash ^ (hash >> 15)) >> 8) * 0x1p-24
  }

  @inline(__always)
  func at(_ x: Float, _ y: Float) -> Float {
    let cellX = x.rounded(.down)
    let cellY = y.rounded(.down)
    let column = Int32(cellX)
    let row = Int32(cellY)
    let fx = x - cellX
    let fy = y - cellY
    let sx = fx * fx * (3 - 2 * fx)
    let sy = fy * fy * (3 - 2 * fy)
    let top = lattice(column, row) * (1 - sx) + lattice(column &+ 1, row) * sx
    let bottom = lattice(column, row &+ 1) * (1 - sx) + lattice(column &+ 1, row &+ 1) * sx
    return top * (1 - sy) + bottom * sy
  }
}

import TensorCore

/// Draws one scene: holds the working buffers of an image while it is painted.
struct WorldPainter: ~Copyable {
  let scene: WorldScene
  let size: Int
  var random: SeededRandom
  private let noise: ValueNoise
  private let colours: UnsafeMutablePointer<SIMD3<Float>>
  private let fields: UnsafeMutablePointer<Float>

  private var count: Int { size * size }
  private var x: UnsafeMutablePointer<Float> { fields }
  private var y: UnsafeMutablePointer<Float> { fields + count }
  /// Signed distance to the thing's outline, in object units.
  private var body: UnsafeMutablePointer<Float> { fields + 2 * count }
  /// Signed distance to its parts in the second tone.
  private var detail: UnsafeMutablePointer<Float> { fields + 3 * count }
  /// Pixels in one object unit.
  private var scale: Float { scene.placement.halfSize * Float(size) / 2 }

  init(scene: WorldScene, size: Int, random: SeededRandom) {
    self.scene = scene
    self.size = size
    var random = random
    noise = ValueNoise(seed: UInt32(truncatingIfNeeded: random.next()))
    self.random = random
    colours = .allocate(capacity: size * size)
    fields = .allocate(capacity: 6 * size * size)
    colours.initialize(repeating: .zero, count: size * size)
    fields.initialize(repeating: 0, count: 6 * size * size)
  }

  deinit {
    colours.deallocate()
    fields.deallocate()
  }

  /// The finished image: red, green, blue, row by row.
  mutating func paint() -> [UInt8] {
    trace()
    switch scene.style {
    case .photo: paintPhoto()
    case .sketch: paintSketch()
    case .neon: paintNeon()
    case .paint: paintPainting()
    case .toy: paintToy()
    }
    addPost()
    return developed()
  }

  /// Fills in object coordinates and distances.
  private mutating func trace() {
    let place = scene.placement
    // A turn by the angle of this tangent, from square roots alone.
    let cosine = 1 / (1 + place.tilt * place.tilt).squareRoot()
    let sine = place.tilt * cosine
    let stretch = place.aspect.squareRoot()
    let acrossX = 1 / (place.halfSize * stretch)
    let acrossY = stretch / place.halfSize
    let step = 2 / Float(size)
    for row in 0..<size {
      let v = (Float(row) + 0.5) * step - 1 - place.centre.y
      for column in 0..<size {
        let u = (Float(column) + 0.5) * step - 1 - place.centre.x
        x[row * size + column] = (u * cosine + v * sine) * acrossX
        y[row * size + column] = (v * cosine - u * sine) * acrossY
      }
    }
    let scratch = fields + 4 * count
    scene.object.draw(
      body: DistanceField(count: count, x: x, y: y, distance: body, scratch: scratch),
      detail: DistanceField(count: count, x: x, y: y, distance: detail, scratch: scratch), random: &random)
  }

  /// The part of a pixel that lies inside an outline at this distance.
  @inline(__always)
  private func coverage(_ distance: Float) -> Float { min(max(0.5 - distance * scale, 0), 1) }

  /// The part of a pixel covered by a line of the given half width (object units) along the outline.
  @inline(__always)
  private func line(_ distance: Float, _ halfWidth: Float) -> Float { coverage(abs(distance) - halfWidth) }

  private mutating func tinted() -> SIMD3<Float> {
    let jitter = SIMD3<Float>(
      random.uniform(-0.06, 0.06), random.uniform(-0.06, 0.06), random.uniform(-0.06, 0.06))
    return (scene.colour.rgb + jitter).clamped(lowerBound: .zero, upperBound: .one)
  }

  // MARK: - Styles

  private mutating func paintPhoto() {
    scene.background.paint(colours, size: size, random: &random)
    blurBackground()
    for _ in 0..<scene.clutter { addClutter() }
    let paint = tinted()
    let second = scene.light.pale ? mix(paint, [1, 1, 1], 0.7) : paint * 0.4
    let direction = scene.light.direction
    let shift = max(1, size / 16)
    for row in 0..<size {
      for column in 0..<size {
        let i = row * size + column
        if row >= shift, column >= shift {
          colours[i] *= 1 - 0.45 * coverage(body[i - shift * size - shift])
        }
        let inside = coverage(body[i])
        if inside > 0 {
          let tone = mix(paint, second, coverage(detail[i]))
          let bulge = min(max(-body[i] * 3.5, 0), 1)
          let shade = 0.66 + 0.34 * bulge + direction.x * x[i] + direction.y * y[i]
          colours[i] = mix(colours[i], tone * shade, inside)
        }
        colours[i] *= 1 - 0.6 * line(body[i], 0.045)
      }
    }
    for i in 0..<count { colours[i] *= scene.light.strength }
  }

  /// The lens is focused on the thing: what lies behind keeps its colour and loses half of its texture.
  private mutating func blurBackground() {
    var mean = SIMD3<Float>.zero
    for i in 0..<count { mean += colours[i] }
    mean /= Float(count)
    for i in 0..<count { colours[i] = mix(mean, colours[i], 0.5) }
  }

  private mutating func paintSketch() {
    let paper = SIMD3<Float>(0.95, 0.94, 0.90) - random.uniform(0, 0.08)
    let pencil = SIMD3<Float>(0.16, 0.16, 0.19) + random.uniform(0, 0.18)
    let width = random.uniform(0.05, 0.085)
    let hatching = random.uniform(0.1, 0.4)
    let wobble = random.uniform(0.02, 0.07)
    for i in 0..<count {
      let shake = wobble * (noise.at(x[i] * 4, y[i] * 4) - 0.5)
      var dark = max(
        line(body[i] + shake, width), 0.8 * line(detail[i] + shake, 0.6 * width) * coverage(body[i]))
      let stroke = 0.5 + 0.5 * sineOfTurns((x[i] - y[i]) * 1.9)
      dark = max(dark, hatching * stroke * stroke * coverage(body[i]))
      colours[i] = mix(paper - 0.06 * noise.at(x[i] * 9, y[i] * 9), pencil, dark)
    }
  }

  private mutating func paintNeon() {
    let wall = SIMD3<Float>(0.05, 0.04, 0.09) + random.uniform(0, 0.05)
    let tube = tinted() * 0.8 + 0.2
    let reach = random.uniform(0.10, 0.18)
    for i in 0..<count {
      let away = body[i] / reach
      let glow = 1 / (1 + away * away)
      let second = detail[i] / (0.5 * reach)
      let inner = 0.6 * coverage(body[i]) / (1 + second * second)
      let hot = line(body[i], 0.045)
      colours[i] = mix(wall + tube * max(glow, inner), [1, 1, 1], 0.75 * hot)
    }
  }

  private mutating func paintPainting() {
    let ground = WorldColour.allCases[random.int(below: WorldColour.allCases.count)].rgb
    let other = WorldColour.allCases[random.int(below: WorldColour.allCases.count)].rgb
    let washed = mix(ground, [0.93, 0.89, 0.80], 0.62)
    let second = mix(other, [0.86, 0.82, 0.76], 0.62)
    let paint = tinted()
    let slant = random.uniform(-0.6, 0.6)
    for i in 0..<count {
      // Strokes: noise drawn out along one direction.
      let stroke = noise.at((x[i] + slant * y[i]) * 2.2, (y[i] - slant * x[i]) * 8)
      let edge = body[i] + 0.14 * (noise.at(x[i] * 5 + 40, y[i] * 5) - 0.5)
      let light = ((0.62 + 0.55 * stroke) * 5).rounded() * 0.2
      let tone = mix(paint, paint * 0.5, coverage(detail[i]))
      var colour = mix(washed, second, ((stroke * 1.4 - 0.2) * 3).rounded() / 3)
      colour = mix(colour, tone * light, coverage(edge))
      colours[i] = mix(colour, paint * 0.45, 0.5 * line(edge, 0.04))
    }
  }

  private mutating func paintToy() {
    let ground = mix(
      WorldColour.allCases[random.int(below: WorldColour.allCases.count)].rgb, [1, 1, 1],
      random.uniform(0.55, 0.8))
    let dots = mix(ground, [1, 1, 1], 0.65)
    let paint = mix(tinted(), [1, 1, 1], 0.1)
    let frequency = random.uniform(1.9, 2.8)
    let phase = random.uniform()
    let width = random.uniform(0.06, 0.1)
    for i in 0..<count {
      let across = x[i] * frequency + phase
      let down = y[i] * frequency + phase
      let dx = across - across.rounded()
      let dy = down - down.rounded()
      let dot = coverage(((dx * dx + dy * dy).squareRoot() - 0.24) / frequency)
      var colour = mix(ground, dots, dot)
      colour = mix(colour, mix(paint, [1, 1, 1], 0.75 * coverage(detail[i])), coverage(body[i]))
      colours[i] = mix(colour, [0.06, 0.06, 0.08], line(body[i], width))
    }
  }

  // MARK: - What stands about

  /// A small coloured disc or tile somewhere near the border.
  private mutating func addClutter() {
    let colour =
      WorldColour.allCases[random.int(below: WorldColour.allCases.count)].rgb * random.uniform(0.6, 1)
    let half = random.uniform(0.09, 0.18)
    let along = random.uniform(-0.9, 0.9)
    let border = random.chance(0.5) ? random.uniform(0.65, 0.95) : -random.uniform(0.65, 0.95)
    let (centreX, centreY) = random.chance(0.5) ? (along, border) : (border, along)
    let isRound = random.chance(0.5)
    let pixels = Float(size) / 2
    for row in 0..<size {
      let v = abs((Float(row) + 0.5) / pixels - 1 - centreY)
      for column in 0..<size {
        let u = abs((Float(column) + 0.5) / pixels - 1 - centreX)
        let distance = isRound ? (u * u + v * v).squareRoot() - half : max(u, v) - half
        let inside = min(max(0.5 - distance * pixels, 0), 1)
        let i = row * size + column
        colours[i] = mix(colours[i], colour, inside)
      }
    }
  }

  /// The post in front of everything.
  private mutating func addPost() {
    guard let post = scene.post else { return }
    let tone = random.uniform(0.25, 0.75)
    let colour = SIMD3<Float>(tone, tone * random.uniform(0.85, 1), tone * random.uniform(0.7, 1))
    let pixels = Float(size) / 2
    for column in 0..<size {
      let away = (Float(column) + 0.5) / pixels - 1 - post.centre
      let inside = min(max(0.5 - (abs(away) - post.halfWidth) * pixels, 0), 1)
      guard inside > 0 else { continue }
      // Rounded: darker towards its right side.
      let shade = 0.9 - 0.35 * away / post.halfWidth
      for row in 0..<size {
        colours[row * size + column] = mix(colours[row * size + column], colour * shade, inside)
      }
    }
  }

  /// Adds the sensor's noise and rounds to bytes.
  private mutating func developed() -> [UInt8] {
    let strength = scene.noise
    var generator = random
    let colours = colours
    return [UInt8](unsafeUninitializedCapacity: 3 * count) { bytes, written in
      for i in 0..<count {
        let colour = (colours[i] + Self.noise(&generator) * strength) * 255 + 0.5
        let byte = colour.clamped(lowerBound: .zero, upperBound: .init(repeating: 255))
        for channel in 0..<3 { bytes[3 * i + channel] = UInt8(byte[channel]) }
      }
      written = 3 * count
    }
  }

  /// Three nearly normal values of unit variance, each the sum of three uniform ones, from one draw of bits.
  @inline(__always)
  private static func noise(_ random: inout SeededRandom) -> SIMD3<Float> {
    let bits = random.next()
    func sum(_ shift: UInt64) -> Float {
      let seven: UInt64 = 0x7F
      let total = (bits >> shift & seven) + (bits >> (shift + 7) & seven) + (bits >> (shift + 14) & seven)
      return (Float(total) - 190.5) * 0.015625
    }
    return [sum(0), sum(21), sum(42)]
  }
}

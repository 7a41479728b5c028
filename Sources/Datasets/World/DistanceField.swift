/// How a primitive joins the outline drawn so far.
enum FieldOperation {
  case union
  case subtract
  case intersect
}

/// Signed distances (negative inside) from every pixel to an outline that is built up primitive by primitive.
///
/// Each primitive is one pass over all pixels, so that the inner loops hold nothing but arithmetic. Only
/// operations that IEEE 754 rounds exactly are used: an image has the same bits on every machine.
struct DistanceField {
  /// Far outside of everything, in object units.
  static let empty: Float = 4

  let count: Int
  private let x: UnsafeMutablePointer<Float>
  private let y: UnsafeMutablePointer<Float>
  private let distance: UnsafeMutablePointer<Float>
  private let squared: UnsafeMutablePointer<Float>
  private let sign: UnsafeMutablePointer<Float>

  /// Draws at pixels whose object coordinates are `x` and `y`, into `distance`; `scratch` holds `2 · count`
  /// values.
  init(
    count: Int, x: UnsafeMutablePointer<Float>, y: UnsafeMutablePointer<Float>,
    distance: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    self.count = count
    self.x = x
    self.y = y
    self.distance = distance
    squared = scratch
    sign = scratch + count
    distance.initialize(repeating: Self.empty, count: count)
  }

  func circle(_ centreX: Float, _ centreY: Float, radius: Float, _ operation: FieldOperation = .union) {
    combine(operation) { i in
      let dx = x[i] - centreX
      let dy = y[i] - centreY
      return (dx * dx + dy * dy).squareRoot() - radius
    }
  }

  /// An upright box given by its centre and half sizes, with rounded corners.
  func box(
    _ centreX: Float, _ centreY: Float, _ halfWidth: Float, _ halfHeight: Float, rounded radius: Float = 0,
    _ operation: FieldOperation = .union
  ) {
    combine(operation) { i in
      let dx = abs(x[i] - centreX) - (halfWidth - radius)
      let dy = abs(y[i] - centreY) - (halfHeight - radius)
      let outsideX = max(dx, 0)
      let outsideY = max(dy, 0)
      return (outsideX * outsideX + outsideY * outsideY).squareRoot() + min(max(dx, dy), 0) - radius
    }
  }

  /// A closed polygon, convex or not, given by its corners.
  func polygon(_ corners: [SIMD2<Float>], _ operation: FieldOperation = .union) {
    guard var previous = corners.last else { return }
    squared.initialize(repeating: Self.empty * Self.empty, count: count)
    sign.initialize(repeating: 1, count: count)
    for corner in corners {
      let edgeX = previous.x - corner.x
      let edgeY = previous.y - corner.y
      let inverse = 1 / (edgeX * edgeX + edgeY * edgeY)
      let cornerX = corner.x
      let cornerY = corner.y
      let previousY = previous.y
      for i in 0..<count {
        let wx = x[i] - cornerX
        let wy = y[i] - cornerY
        let along = min(max((wx * edgeX + wy * edgeY) * inverse, 0), 1)
        let bx = wx - edgeX * along
        let by = wy - edgeY * along
        squared[i] = min(squared[i], bx * bx + by * by)
        // An upward or downward crossing of the ray to the right of the pixel flips inside and outside.
        let below = y[i] >= cornerY
        let above = y[i] < previousY
        let left = edgeX * wy > edgeY * wx
        sign[i] = below == above && above == left ? -sign[i] : sign[i]
      }
      previous = corner
    }
    combine(operation) { i in sign[i] * squared[i].squareRoot() }
  }

  @inline(__always)
  private func combine(_ operation: FieldOperation, _ value: (Int) -> Float) {
    switch operation {
    case .union: for i in 0..<count { distance[i] = min(distance[i], value(i)) }
    case .subtract: for i in 0..<count { distance[i] = max(distance[i], -value(i)) }
    case .intersect: for i in 0..<count { distance[i] = max(distance[i], value(i)) }
    }
  }
}

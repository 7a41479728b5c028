import TensorCore

/// What mixes the images of one batch: row i of B with its partner, row B − 1 − i; the middle one of an odd number with
/// itself.
///
/// Any range of rows can be had alone: from the whole batch, or from the rows and their `partners`.
public enum Mix: Sendable, Equatable {
  case none
  /// share · image + (1 − share) · partner.
  case blend(share: Double)
  /// These rows and columns are the partner's; `share` of the label is the image's own.
  case paste(share: Double, rows: Range<Int>, columns: Range<Int>)

  /// CutMix's rectangle: 1 − `share` of the area, around (x, y), cut off at the image's border.
  package static func paste(
    share: Double, y: Int, x: Int, height: Int, width: Int, correctsShare: Bool
  ) -> Mix {
    let side = (1 - share).squareRoot()
    func range(_ middle: Int, _ extent: Int) -> Range<Int> {
      let length = Int(Double(extent) * side)
      return max(0, middle - length / 2)..<min(extent, middle + (length + 1) / 2)
    }
    let (rows, columns) = (range(y, height), range(x, width))
    let area = Double(rows.count * columns.count) / Double(height * width)
    return .paste(share: correctsShare ? 1 - area : share, rows: rows, columns: columns)
  }

  /// How much of a label is the image's own.
  public var share: Double {
    switch self {
    case .none: 1
    case .blend(let share), .paste(let share, _, _): share
    }
  }

  /// The rows that some rows of a batch are mixed with, in their order: to load or cut out the same number of them.
  public static func partners(of rows: Range<Int>, batch: Int) -> [Int] { rows.map { batch - 1 - $0 } }

  /// Some rows of the mixed batch, [rows, channels, height, width]. batch: all images, [B, channels, height, width].
  public func images(_ rows: Range<Int>, of batch: Tensor) -> Tensor {
    guard self != .none else { return batch.rows(rows) }
    let count = batch.shape[0]
    return mixed(batch.rows(rows), Array(batch.shape.dropFirst())) {
      batch.row(count - 1 - rows.lowerBound - $0)
    }
  }

  /// The same of rows that were loaded alone: images and partners, [rows, channels, height, width], in the same order.
  public func images(_ images: Tensor, partners: Tensor) -> Tensor {
    precondition(images.shape == partners.shape, "\(images.shape) images and \(partners.shape) partners")
    guard self != .none else { return images }
    return mixed(images, Array(images.shape.dropFirst())) { partners.row($0) }
  }

  /// The classes of some rows as distributions [rows, classes]. labels: those of the whole batch.
  /// - Precondition: every label is in 0..<classes.
  public func targets(_ rows: Range<Int>, of labels: [Int32], classes: Int, smoothing: Double) -> Tensor {
    let partners = Self.partners(of: rows, batch: labels.count).map { labels[$0] }
    return targets(labels: Array(labels[rows]), partners: partners, classes: classes, smoothing: smoothing)
  }

  /// The same from the labels of the rows and of their partners.
  public func targets(labels: [Int32], partners: [Int32], classes: Int, smoothing: Double) -> Tensor {
    let own = Tensor.distribution(labels: labels, classes: classes, smoothing: smoothing)
    guard share < 1 else { return own }
    let other = Tensor.distribution(labels: partners, classes: classes, smoothing: smoothing)
    let (out, theirs) = (own.mutableFloats, other.floats)
    withExtendedLifetime(other) {
      for i in out.indices { out[i] = out[i] * Float(share) + theirs[i] * Float(1 - share) }
    }
    return own
  }

  /// `partner` gives the start of the partner's pixels.
  private func mixed(
    _ images: Tensor, _ shape: [Int], partner: (Int) -> UnsafeMutablePointer<Float>
  ) -> Tensor {
    let result = images.copy()
    let elements = shape.reduce(1, *)
    let (height, width) = (shape[1], shape[2])
    for row in 0..<images.shape[0] {
      let (out, other) = (result.row(row), partner(row))
      switch self {
      case .none: break
      case .blend(let share):
        // Two products and a sum, each rounded, as torch computes it.
        let (own, theirs) = (Float(share), Float(1 - share))
        for i in 0..<elements { out[i] = out[i] * own + other[i] * theirs }
      case .paste(_, let rows, let columns):
        for channel in 0..<shape[0] {
          for y in rows {
            let start = (channel * height + y) * width + columns.lowerBound
            (out + start).update(from: other + start, count: columns.count)
          }
        }
      }
    }
    return result
  }
}

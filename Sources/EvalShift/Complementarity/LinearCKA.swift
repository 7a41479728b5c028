import TensorCore

/// Linear centred kernel alignment of two models' features of the same images (Kornblith et al., Similarity of neural
/// network representations revisited, ICML 2019): 1 for features that are the same up to a rotation and a scale.
///
/// ‖Yᵀ X‖² / (‖Xᵀ X‖ ‖Yᵀ Y‖), Frobenius norms of centred features. Images are added batch by batch; kept are three
/// matrices of the features' widths, summed in double precision. This is the biased estimator: it grows towards 1 when
/// there are few images for the width, so that values are comparable only between numbers of images that are alike
/// and well above the width. The WiSE-FT paper (Wortsman et al. 2022) compares on 10,000 images, which is enough for
/// the widths of CLIP; nothing here caps them.
public struct LinearCKA: Sendable {
  /// The widths of the two models' features.
  public let firstWidth: Int
  public let secondWidth: Int
  /// Number of images added.
  public private(set) var images = 0
  /// The first image's features, taken off all others: what is left is small beside no large mean.
  private var origin: [Double]
  /// Sums of [x, y], a width each, and of their products xxᵀ, yyᵀ (upper halves) and xyᵀ, by rows.
  private var sums: [Double]
  private var products: [Double]
  private var width: Int { firstWidth + secondWidth }

  /// The most features a model may have: products of all pairs are kept.
  private static let widest = 16_384

  public init(firstWidth: Int, secondWidth: Int) throws(EvaluationError) {
    guard (1...Self.widest).contains(firstWidth), (1...Self.widest).contains(secondWidth) else {
      throw .statistic(
        "features have a width between 1 and \(Self.widest), and \(firstWidth) or \(secondWidth) is not")
    }
    self.firstWidth = firstWidth
    self.secondWidth = secondWidth
    let width = firstWidth + secondWidth
    origin = Array(repeating: 0, count: width)
    sums = origin
    products = Array(repeating: 0, count: width * width)
  }

  /// Adds images: `first` [N, firstWidth] and `second` [N, secondWidth], row-major, of the same N.
  public mutating func add(first: [Float], second: [Float]) throws(EvaluationError) {
    let count = first.count / firstWidth
    guard first.count == count * firstWidth, second.count == count * secondWidth else {
      throw .notPaired(
        "\(first.count) and \(second.count) features of widths \(firstWidth) and \(secondWidth)")
    }
    for image in 0..<count {
      let isFinite =
        first[image * firstWidth..<(image + 1) * firstWidth].allSatisfy(\.isFinite)
        && second[image * secondWidth..<(image + 1) * secondWidth].allSatisfy(\.isFinite)
      guard isFinite else { throw .statistic("the features of image \(images + image) are not finite") }
    }
    // Blocks that stay in cache while every row of the products takes them up.
    for start in stride(from: 0, to: count, by: 64) {
      let rows = start..<min(start + 64, count)
      var block: [Double] = []
      block.reserveCapacity(rows.count * width)
      for row in rows {
        block.append(contentsOf: first[row * firstWidth..<(row + 1) * firstWidth].lazy.map(Double.init))
        block.append(contentsOf: second[row * secondWidth..<(row + 1) * secondWidth].lazy.map(Double.init))
      }
      if images == 0 { origin = Array(block[..<width]) }
      add(block, rows: rows.count)
    }
  }

  /// The similarity of the images added so far; nil where there are none or either model's features do not vary.
  public var value: Double? {
    guard images > 0 else { return nil }
    let n = Double(images)
    func squaredNorm(_ rows: Range<Int>, _ columns: Range<Int>) -> Double {
      var sum = 0.0
      for row in rows {
        for column in columns {
          let (low, high) = (min(row, column), max(row, column))
          let centred = products[low * width + high] - sums[low] * sums[high] / n
          sum += centred * centred
        }
      }
      return sum
    }
    let (x, y) = (0..<firstWidth, firstWidth..<width)
    let (own, other) = (squaredNorm(x, x).squareRoot(), squaredNorm(y, y).squareRoot())
    guard own > 0, other > 0 else { return nil }
    return squaredNorm(x, y) / (own * other)
  }

  /// Adds a block [rows, width], a row of the products at a time on each thread: the order of no sum depends on them.
  private mutating func add(_ values: [Double], rows: Int) {
    var block = values
    for row in 0..<rows {
      for column in 0..<width {
        block[row * width + column] -= origin[column]
        sums[column] += block[row * width + column]
      }
    }
    images += rows
    let width = width
    products.withUnsafeMutableBufferPointer { products in
      nonisolated(unsafe) let products = products
      block.withUnsafeBufferPointer { block in
        nonisolated(unsafe) let block = block
        parallelFor(count: width, grain: 16) { range in
          for row in range {
            guard let into = products.baseAddress.map({ $0 + row * width }), let from = block.baseAddress
            else {
              continue
            }
            var image = 0
            // Four images at once, so that each sum is loaded and stored a quarter as often.
            while image + 4 <= rows {
              let a = from + image * width
              let (b, c, d) = (a + width, a + 2 * width, a + 3 * width)
              let (x, y, z, w) = (a[row], b[row], c[row], d[row])
              for column in row..<width {
                into[column] += (x * a[column] + y * b[column]) + (z * c[column] + w * d[column])
              }
              image += 4
            }
            while image < rows {
              let a = from + image * width
              let x = a[row]
              for column in row..<width { into[column] += x * a[column] }
              image += 1
            }
          }
        }
      }
    }
  }
}

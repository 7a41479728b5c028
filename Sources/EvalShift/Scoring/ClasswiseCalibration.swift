import Foundation
import TensorCore

/// Sums over images in bins of the probability of each class, for the calibration of all probabilities.
struct ClasswiseCalibration: Sendable {
  private static let bins = ReliabilityDiagram.standardBins

  /// Number of images.
  private var images = 0
  /// Of each class and bin, the sum of the probabilities less the number of images of the class.
  private var gaps: [Double] = []

  /// From `logits` [N, `width`]; `rows` [N] and `targets` [N], places among the competitors, are of the same images.
  init(
    logits: [Float], width: Int, competitors: Competitors, rows: [Predictions.Row], targets: [Int32]
  ) {
    images = rows.count
    // p = exp(logit − log of the sum of all exponentials); energy is that logarithm.
    let energies = rows.map(\.energy)
    let bins = Self.bins
    gaps = [Double](unsafeUninitializedCapacity: competitors.count * bins) { output, initialized in
      nonisolated(unsafe) let output = output
      output.initialize(repeating: 0)
      logits.withUnsafeBufferPointer { logits in
        nonisolated(unsafe) let logits = logits
        // Each class belongs to one thread, which adds its images in order.
        parallelFor(count: competitors.count, grain: 16) { classes in
          for image in energies.indices {
            for index in classes {
              let logit = competitors.score(index, logits, from: image * width)
              let probability = min(1, exp(Double(logit) - energies[image]))
              let bin = min(max(Int((probability * Double(bins)).rounded(.up)) - 1, 0), bins - 1)
              output[index * bins + bin] += probability - (targets[image] == index ? 1 : 0)
            }
          }
        }
      }
      initialized = competitors.count * bins
    }
  }

  init(joining parts: [ClasswiseCalibration]) {
    for part in parts {
      images += part.images
      if gaps.isEmpty {
        gaps = part.gaps
      } else {
        for (place, gap) in part.gaps.enumerated() where place < gaps.count { gaps[place] += gap }
      }
    }
  }

  /// The mean over the classes; nil without images.
  var error: Double? {
    guard images > 0, !gaps.isEmpty else { return nil }
    let classes = gaps.count / Self.bins
    return gaps.reduce(0) { $0 + abs($1) } / Double(images) / Double(classes)
  }
}

import Foundation
import TensorCore

/// Calibration of the probabilities of all classes, and not of the predicted one alone, summed up while the logits are at hand.
///
/// Classwise expected calibration error (Kull et al. 2019; the static calibration error of Nixon et al. 2019): for each class,
/// all images in bins of equal width of that class's probability, the gaps between mean probability and share of images of the
/// class averaged over images; then the mean over classes. With many classes nearly all probabilities are in the lowest bin,
/// and the number is small whatever the model does.
struct ClasswiseCalibration: Sendable {
  private var bins = ConfidenceCalibration.standardBins

  /// Number of images.
  private var images = 0
  /// Of each class and bin, the sum of the probabilities less the number of images of the class.
  private var gaps: [Double] = []

  /// From `logits` [N, `width`]; `rows` [N] and `targets` [N], places among the competitors, are of the same images.
  init(
    logits: [Float], width: Int, competitors: Competitors, rows: [Predictions.Row], targets: [Int32],
    bins: Int
  ) {
    self.bins = bins
    images = rows.count
    // p = exp(logit − log of the sum of all exponentials); energy is that logarithm.
    let energies = rows.map(\.energy)
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
              let bin = ConfidenceCalibration.bin(of: probability, among: bins)
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
      bins = part.bins
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
    let classes = gaps.count / bins
    return gaps.reduce(0) { $0 + abs($1) } / Double(images) / Double(classes)
  }
}

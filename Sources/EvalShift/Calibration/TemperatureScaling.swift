import Foundation
import TensorCore

/// Divides logits by one number, so that confidences fit accuracies (Guo et al., On Calibration of Modern Neural Networks, ICML 2017).
public enum TemperatureScaling {
  /// No temperature is looked for beyond these: of images that are all right, the likelihood grows for ever as it falls.
  public static let range = 1e-3...1e3

  /// The temperature of the greatest likelihood of `targets` [N], classes of the head, given `logits` [N, C], of which several
  /// classes may count as one (`groups`).
  public static func fit(
    logits: Tensor, targets: [Int32], groups: [[Int]]?
  ) throws(EvaluationError) -> Double {
    guard !targets.isEmpty else { throw .noPredictions }
    let all = logits.array
    let width = all.count / targets.count
    let competitors = try Competitors(groups: groups, width: width)
    var margins = [Double](repeating: 0, count: targets.count * competitors.count)
    all.withUnsafeBufferPointer { logits in
      for (image, target) in targets.enumerated() {
        let own = competitors.score(competitors.position(of: target) ?? 0, logits, from: image * width)
        for index in 0..<competitors.count {
          margins[image * competitors.count + index] =
            Double(competitors.score(index, logits, from: image * width)) - Double(own)
        }
      }
    }
    return minimum { logTemperature in
      loss(margins, classes: competitors.count, temperature: exp(logTemperature))
    }
  }

  /// Mean −log p of the target, from each class's logit less the target's.
  private static func loss(_ margins: [Double], classes: Int, temperature: Double) -> Double {
    var total = 0.0
    for image in stride(from: 0, to: margins.count, by: classes) {
      let row = margins[image..<image + classes]
      let highest = row.max() ?? 0
      total +=
        highest / temperature + log(row.reduce(0) { $0 + exp(($1 - highest) / temperature) })
    }
    return total / Double(margins.count / classes)
  }

  /// Golden section over the logarithm: the loss is convex in 1/T, and so has one minimum.
  private static func minimum(_ loss: (Double) -> Double) -> Double {
    let ratio = (5.0.squareRoot() - 1) / 2
    var (low, high) = (log(range.lowerBound), log(range.upperBound))
    var (left, right) = (high - ratio * (high - low), low + ratio * (high - low))
    var (lossLeft, lossRight) = (loss(left), loss(right))
    while high - low > 1e-9 {
      if lossLeft < lossRight {
        (high, right, lossRight) = (right, left, lossLeft)
        left = high - ratio * (high - low)
        lossLeft = loss(left)
      } else {
        (low, left, lossLeft) = (left, right, lossRight)
        right = low + ratio * (high - low)
        lossRight = loss(right)
      }
    }
    return exp((low + high) / 2)
  }
}

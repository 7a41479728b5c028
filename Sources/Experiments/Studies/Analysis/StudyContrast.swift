import EvalShift
import Foundation
import Report
import WiSE

/// What is looked at of a run's scores.
enum StudyMeasure {
  case target
  /// The mean over the shifts.
  case shifts
  /// The mean of both.
  case balance

  /// Sets with their weights; nil where there are not all of them.
  func weights(_ curve: CellResult.Curve) -> [(set: CellResult.Curve.Set, weight: Double)]? {
    guard let target = curve.target else { return nil }
    let shifts = curve.shifts
    let (ofTarget, ofShifts): (Double, Double) =
      switch self {
      case .target: (1, 0)
      case .shifts: (0, 1)
      case .balance: (0.5, 0.5)
      }
    guard ofShifts == 0 || !shifts.isEmpty else { return nil }
    return (ofTarget > 0 ? [(target, ofTarget)] : [])
      + (ofShifts > 0 ? shifts.map { ($0, ofShifts / Double(shifts.count)) } : [])
  }
}

extension SeededContrast {
  /// The 95% interval of a difference of accuracies, which is no greater than 1.
  var interval: ConfidenceInterval {
    get throws {
      let bounds = try bounds()
      return ConfidenceInterval(lower: max(-1, bounds.lower), upper: min(1, bounds.upper))
    }
  }
}

/// A weighted sum of methods' accuracies, over the seeds that all of them have.
struct StudyContrast {
  struct Term {
    let entrant: Entrant
    let place: RunOutcomes.Place
    let weight: Double
  }

  let found: SeededContrast
  /// Whether the images were compared one by one.
  let isPaired: Bool

  /// Nil where a run has no score there, or the methods have no seed in common.
  init?(_ terms: [Term], _ measure: StudyMeasure, rule: AlphaSelection.Rule?) throws {
    guard let first = terms.first else { return nil }
    let seeds = first.entrant.seeds.filter { seed in terms.allSatisfy { $0.entrant.run(seed) != nil } }
    guard !seeds.isEmpty else { return nil }
    var values = [Double](repeating: 0, count: seeds.count)
    var images: [String: (scores: [Double], above: Double, below: Double)] = [:]
    var counts: [String: Int] = [:]
    var variance = 0.0
    var isPaired = true
    for term in terms {
      for (number, seed) in seeds.enumerated() {
        guard let run = term.entrant.run(seed), let curve = run.result.curve,
          let weights = measure.weights(curve), let alpha = curve.place(term.place, rule: rule)
        else { return nil }
        for (set, share) in weights {
          let weight = term.weight * share
          values[number] += weight * set.top1(alpha)
          counts[set.imagesSha256] = set.n
          // Runs of other seeds share the images: their mean has about the chance of them that one has.
          let p = (Double(set.correct[alpha]) + 1) / Double(set.n + 2)
          variance += weight * weight * p * (1 - p) / Double(set.n + 2) / Double(seeds.count)
          guard isPaired, let correct = run.outcomes?.sets[set.imagesSha256]?.correct[term.place],
            correct.count == set.n
          else {
            isPaired = false
            continue
          }
          let part = weight / Double(seeds.count)
          var own =
            images.removeValue(forKey: set.imagesSha256) ?? ([Double](repeating: 0, count: set.n), 0, 0)
          for image in 0..<set.n where correct[image] { own.scores[image] += part }
          if part > 0 { own.above += part } else { own.below -= part }
          images[set.imagesSha256] = own
        }
      }
    }
    self.isPaired = isPaired
    if isPaired {
      // In an order of their own: sums must not depend on that of a dictionary.
      found = try SeededContrast(
        ofSeeds: values,
        sets: images.sorted { $0.key < $1.key }.map {
          .init(scores: $0.value.scores, bound: max($0.value.above, $0.value.below))
        })
    } else {
      found = try SeededContrast(
        ofSeeds: values, imageVariance: variance, images: counts.values.reduce(0, +),
        fewest: counts.values.min() ?? 0)
    }
  }

  var ci95: ConfidenceInterval { get throws { try found.interval } }

  /// On how much it rests.
  func basis(_ settings: Int = 1) -> String {
    let seeds = "\(found.seeds) seed\(found.seeds == 1 ? "" : "s")"
    return "\(seeds), \(NumberText.grouped(found.images)) images"
      + (settings > 1 ? " of \(settings) tasks" : "")
      + (found.seeds == 1 ? "; one seed says nothing of the chance of training" : "")
      + (isPaired
        ? ""
        : "; what was said of each image was not kept, so that the interval is wider than of the same images")
  }
}

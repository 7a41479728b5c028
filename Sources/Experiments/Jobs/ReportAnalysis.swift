import Datasets
import EvalShift
import Foundation
import Report
import TensorCore
import Training

/// What the runs of a report say image by image: paired differences, agreement, confidence and classes, beside what seeds do.
struct ReportAnalysis {
  /// A group of runs with what they said of every image, one entry a run, all in the order of the first run's images.
  struct Member {
    let name: String
    let curves: [WiseCurve]
    let predictions: [CurvePredictions]
  }

  /// What is looked at of a method: a place of its curve.
  typealias Place = PairedDifference.Place

  let members: [Member]
  /// Target first, then the shifts.
  let datasets: [String]
  private let resampling: Resampling

  /// Nil where the predictions of some run were not kept. Throws where a file of them cannot be used.
  init?(_ runs: ComparableRuns) throws {
    let names = runs.runs.first?.curve.scored.map(\.dataset) ?? []
    guard !names.isEmpty else { return nil }
    var members: [Member] = []
    var first: CurvePredictions?
    for group in runs.groups {
      var found: [CurvePredictions] = []
      for (run, curve) in group.runs {
        guard let own = try run.folder.predictions(of: curve) else { return nil }
        let aligned = try first.map { try own.aligned(with: $0, sets: names.count) } ?? own
        first = first ?? aligned
        found.append(aligned)
      }
      members.append(Member(name: group.name, curves: group.runs.map(\.curve), predictions: found))
    }
    (self.members, datasets) = (members, names)
    resampling = runs.runs.first?.curve.resampling ?? Resampling()
  }

  /// Of each run of a method, the place among its alphas; nil where a run has none there.
  func alphas(_ member: Member, _ place: Place) -> [Int]? {
    let found = zip(member.curves, member.predictions).compactMap { curve, predictions -> Int? in
      let alpha: Double? =
        switch place {
        case .zeroShot: 0
        case .fineTuned: 1
        case .selected: curve.selected?.alpha
        case .oracle: curve.oracle?.alpha
        }
      return alpha.flatMap { predictions.alphas.firstIndex(of: $0) }
    }
    return found.count == member.curves.count ? found : nil
  }

  /// Of each run whether each image of a set is right.
  private func correct(_ member: Member, _ place: Place, set: Int) -> [[Bool]]? {
    alphas(member, place).map { zip(member.predictions, $0).map { $0.sets[set].correct($1) } }
  }

  // MARK: Paired differences

  /// Of each method its fine-tuned and selected weights against zero-shot and against one another, and of every two methods both,
  /// on each set and on average over the shifts.
  ///
  /// Images are drawn alike for both sides. Where a side has several seeds, the chance of the seeds (Student's t over them, at the
  /// fewer seeds' degrees of freedom) is added to that of the images, half-widths in squares.
  /// They are drawn in classes where the curves' intervals are; nil where these are in groups, which are not kept.
  func paired() throws -> [PairedDifference]? {
    guard resampling.clusters != .groups else { return nil }
    var sides: [(side: PairedDifference.Side, right: [[[Bool]]])] = []
    if let first = members.first {
      let right = datasets.indices.compactMap { correct(first, .zeroShot, set: $0).map { [$0[0]] } }
      if right.count == datasets.count { sides.append((.init(.zeroShot), right)) }
    }
    for member in members {
      for place in [Place.fineTuned, .selected] {
        let right = datasets.indices.compactMap { correct(member, place, set: $0) }
        if right.count == datasets.count { sides.append((.init(place, of: member.name), right)) }
      }
    }
    // [set][side]: the mean over seeds of each image, drawn `rounds` times.
    let statistics = datasets.indices.map { set in
      sides.map { side in
        let seeds = side.right[set]
        return SampleStatistic.mean(
          seeds[0].indices.map { image in
            Double(seeds.count { $0[image] }) / Double(seeds.count)
          })
      }
    }
    guard !sides.isEmpty else { return [] }
    let drawn = try datasets.indices.map { set in
      let found = try counts(of: set).rounds { counts in
        statistics[set].map { $0.value(counting: counts) ?? 0 }
      }
      return sides.indices.map { side in found.map { $0[side] } }
    }
    var found: [PairedDifference] = []
    for (i, from) in sides.enumerated() {
      for (j, to) in sides.enumerated().dropFirst(i + 1) where Self.isAsked(from.side, to.side) {
        for set in datasets.indices {
          found.append(
            difference(
              from, to, sets: [set], name: datasets[set],
              rounds: [zip(drawn[set][i], drawn[set][j]).map { $1 - $0 }]))
        }
        // Of one shift, too: the average over it is what findings speak of.
        if datasets.count > 1 {
          let shifts = Array(1..<datasets.count)
          found.append(
            difference(
              from, to, sets: shifts, name: nil,
              rounds: shifts.map { set in zip(drawn[set][i], drawn[set][j]).map { $1 - $0 } }))
        }
      }
    }
    return found
  }

  private func counts(of set: Int) throws(EvaluationError) -> BootstrapCounts {
    let targets = members[0].predictions[0].sets[set].targets
    let seed = SeededRandom.seed(resampling.seed, UInt64(set))
    guard resampling.clusters == .classes else {
      return try BootstrapCounts(images: targets.count, rounds: resampling.rounds, seed: seed)
    }
    let classes = Set(targets).sorted()
    let places = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Int32($0)) })
    return try BootstrapCounts(
      clusters: targets.map { places[$0] ?? 0 }, rounds: resampling.rounds, seed: seed)
  }

  /// Zero-shot with everything; a method with itself; two methods at the same place.
  private static func isAsked(_ from: PairedDifference.Side, _ to: PairedDifference.Side) -> Bool {
    from.place == .zeroShot || from.method == to.method || from.place == to.place
  }

  /// On one set, by its `name`, or on average over several.
  private func difference(
    _ from: (side: PairedDifference.Side, right: [[[Bool]]]),
    _ to: (side: PairedDifference.Side, right: [[[Bool]]]), sets: [Int], name: String?,
    rounds: [[Double]]
  ) -> PairedDifference {
    /// The accuracy of each seed, averaged over the sets.
    func accuracies(_ side: [[[Bool]]]) -> [Double] {
      side[sets[0]].indices.map { seed in
        sets.reduce(0) { sum, set in
          let right = side[set][seed]
          return sum + Double(right.count { $0 }) / Double(right.count)
        } / Double(sets.count)
      }
    }
    let (a, b) = (accuracies(from.right), accuracies(to.right))
    let value = b.reduce(0, +) / Double(b.count) - a.reduce(0, +) / Double(a.count)
    let means = rounds[0].indices.map { round in
      rounds.reduce(0) { $0 + $1[round] } / Double(rounds.count)
    }
    let bounds = BootstrapDistribution(means).percentileBounds
    let ofSeeds = Self.seedHalfWidth(a, b)
    func distance(_ bound: Double?) -> Double {
      let ofImages = abs((bound ?? value) - value)
      return (ofImages * ofImages + ofSeeds * ofSeeds).squareRoot()
    }
    return PairedDifference(
      dataset: name, from: from.side, to: to.side, difference: value,
      ci95: .init(lower: value - distance(bounds?.lower), upper: value + distance(bounds?.upper)))
  }

  /// Half the width of the interval of a difference of means over seeds; 0 where neither side has several.
  private static func seedHalfWidth(_ a: [Double], _ b: [Double]) -> Double {
    func squaredError(_ values: [Double]) -> Double? {
      guard values.count > 1 else { return nil }
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return squares / Double((values.count - 1) * values.count)
    }
    let errors = [(a, squaredError(a)), (b, squaredError(b))].compactMap { values, error in
      error.map { (values.count - 1, $0) }
    }
    guard let degrees = errors.map(\.0).min() else { return 0 }
    return StudentInterval.quantile(degreesOfFreedom: degrees)
      * errors.reduce(0) { $0 + $1.1 }.squareRoot()
  }

  // MARK: Agreement

  /// The agreement of the fine-tuned methods on each set, means over pairs of seeds, beside that of seeds of one method.
  func agreement() throws -> [AgreementMatrix] {
    guard members.count > 1 else { return [] }
    return try datasets.indices.compactMap { set in
      func predicted(_ member: Member) -> [[Int32]]? {
        alphas(member, .fineTuned).map { zip(member.predictions, $0).map { $0.sets[set].predicted[$1] } }
      }
      let all = members.compactMap(predicted)
      guard all.count == members.count else { return nil }
      func mean(_ one: [[Int32]], _ other: [[Int32]]) throws -> Double {
        var sum = 0.0
        for a in one { for b in other { sum += try PredictionAgreement(a, b).share } }
        return sum / Double(one.count * other.count)
      }
      let values = try all.indices.map { i in
        try all.indices.map { j in i == j ? 1 : try mean(all[i], all[j]) }
      }
      let seeds = try zip(members, all).compactMap { member, runs -> AgreementMatrix.SeedBaseline? in
        var shares: [Double] = []
        for (i, a) in runs.enumerated() {
          for b in runs.dropFirst(i + 1) { shares.append(try PredictionAgreement(a, b).share) }
        }
        guard let least = shares.min(), let greatest = shares.max() else { return nil }
        return .init(
          method: member.name, mean: shares.reduce(0, +) / Double(shares.count), least: least,
          greatest: greatest, pairs: shares.count)
      }
      return AgreementMatrix(
        dataset: datasets[set], statistic: Agreement().title, methods: members.map(\.name), values: values,
        seeds: seeds)
    }
  }

  /// The images that the first three methods, by their first seeds, are most and least confident of, on the target.
  func overlaps() throws -> [Report.ConfidentOverlap] {
    let three = members.prefix(3)
    guard three.count == 3 else { return [] }
    let outputs = three.compactMap { member -> (confidences: [Double], correct: [Bool])? in
      alphas(member, .fineTuned).map { alphas in
        let set = member.predictions[0].sets[0]
        return (set.confidences[alphas[0]].map(Double.init), set.correct(alphas[0]))
      }
    }
    guard outputs.count == 3 else { return [] }
    let size = ConfidentOverlapShare.size(of: outputs[0].correct.count)
    return try [Report.ConfidentOverlap.Confidence.most, .least].compactMap { end in
      let found = try EvalShift.ConfidentOverlap(
        confidences: outputs.map(\.confidences), correct: outputs.map(\.correct), size: size,
        leastConfident: end == .least)
      func images(_ members: UInt32) -> Int { found.regions[members] ?? 0 }
      return Report.ConfidentOverlap(
        dataset: datasets[0], k: size, confidence: end, outcome: .all, models: three.map(\.name),
        single: [images(0b001), images(0b010), images(0b100)],
        pairs: [images(0b011), images(0b101), images(0b110)], all: images(0b111))
    }
  }

  // MARK: Calibration and classes

  /// The target, and the shift on which the methods lose most.
  private var shown: [Int] {
    let hardest = datasets.indices.dropFirst().min { one, other in
      meanAccuracy(one) < meanAccuracy(other)
    }
    return [0] + (hardest.map { [$0] } ?? [])
  }

  private func meanAccuracy(_ set: Int) -> Double {
    let all = members.compactMap { correct($0, .fineTuned, set: set)?.first }
    return all.reduce(0) { $0 + Double($1.count { $0 }) / Double(max(1, $1.count)) }
      / Double(max(1, all.count))
  }

  /// How confident each fine-tuned method is and how often it is right, on the target and the hardest shift; of the first seed.
  func reliability() throws -> [Reliability] {
    try shown.flatMap { set in
      try members.compactMap { member -> Reliability? in
        guard let alpha = alphas(member, .fineTuned)?.first else { return nil }
        let found = member.predictions[0].sets[set]
        func calibration(_ confidences: [Float]) throws -> Reliability.Calibration {
          let bins = try ConfidenceCalibration(
            confidence: confidences.map { min(1, Double($0)) }, correct: found.correct(alpha)
          ).equalWidthBins()
          return .init(
            bins: bins.map {
              .init(
                lower: $0.lower, upper: $0.upper, n: $0.n, confidence: $0.confidence,
                accuracy: $0.accuracy)
            }, ece: bins.expectedCalibrationError)
        }
        let isScaled = !found.scaledConfidences.isEmpty
        return Reliability(
          method: member.name, dataset: datasets[set],
          temperature: isScaled ? found.temperatures[alpha] : nil,
          before: try calibration(found.confidences[alpha]),
          after: isScaled ? try calibration(found.scaledConfidences[alpha]) : nil)
      }
    }
  }

  /// Classes shown of each method.
  private static let classesShown = 10

  /// The classes whose accuracy fine-tuning changed most, on the target and the hardest shift; of the first seed.
  func classChanges(names: [String]) -> [ClassChanges] {
    shown.flatMap { set in
      members.compactMap { member -> ClassChanges? in
        guard let before = correct(member, .zeroShot, set: set)?.first,
          let after = correct(member, .fineTuned, set: set)?.first
        else { return nil }
        var tallies: [Int32: (n: Int, before: Int, after: Int)] = [:]
        for (image, target) in member.predictions[0].sets[set].targets.enumerated() {
          var tally = tallies[target] ?? (0, 0, 0)
          tally.n += 1
          if before[image] { tally.before += 1 }
          if after[image] { tally.after += 1 }
          tallies[target] = tally
        }
        let changes = tallies.sorted { one, other in
          let a = abs(one.value.after - one.value.before)
          let b = abs(other.value.after - other.value.before)
          return (Double(b) / Double(other.value.n), one.key) < (Double(a) / Double(one.value.n), other.key)
        }.prefix(Self.classesShown).filter { $0.value.after != $0.value.before }
        guard !changes.isEmpty else { return nil }
        return ClassChanges(
          dataset: datasets[set], method: member.name,
          classes: changes.map { target, tally in
            .init(
              name: names.indices.contains(Int(target)) ? names[Int(target)] : String(target),
              before: Double(tally.before) / Double(tally.n),
              after: Double(tally.after) / Double(tally.n), n: tally.n)
          })
      }
    }
  }

  /// Of each method the images of the hardest shift that zero-shot has right, fine-tuning wrong and the selected alpha right again;
  /// of the first seed: their places, and the alphas' places.
  func repaired() -> [(member: Member, set: Int, images: [Int], alphas: [Place: Int])] {
    guard let set = shown.dropFirst().first else { return [] }
    return members.compactMap { member in
      var places: [Place: Int] = [:]
      for place in [Place.zeroShot, .fineTuned, .selected] { places[place] = alphas(member, place)?.first }
      guard let start = places[.zeroShot], let end = places[.fineTuned], let chosen = places[.selected],
        chosen != start, chosen != end
      else { return nil }
      let found = member.predictions[0].sets[set]
      let (before, after, selected) = (found.correct(start), found.correct(end), found.correct(chosen))
      let images = before.indices.filter { before[$0] && !after[$0] && selected[$0] }
      return images.isEmpty ? nil : (member, set, images, places)
    }
  }
}

extension CurvePredictions {
  /// The same with the images of the first `sets` sets in the order that `other` has them.
  fileprivate func aligned(with other: CurvePredictions, sets count: Int) throws -> CurvePredictions {
    var aligned: [Set] = []
    for (place, own) in sets.enumerated() {
      guard place < count, other.sets.indices.contains(place) else {
        aligned.append(own)
        continue
      }
      let images = try own.images.places(of: other.sets[place].images)
      aligned.append(images == Array(0..<own.count) ? own : own.taking(images))
    }
    return CurvePredictions(alphas: alphas, sets: aligned)
  }
}

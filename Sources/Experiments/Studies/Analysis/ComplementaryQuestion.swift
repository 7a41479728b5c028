import EvalShift
import Foundation
import Report
import TensorCore

/// Do methods make other mistakes, and are they sure of other images, by more than another seed does; and does a vote gain by it?
///
/// Two methods are compared by their runs of the same seed, and two seeds by runs of the same method, so that either pair differs
/// in one thing.
struct ComplementaryQuestion {
  let scope: QuestionScope

  /// The runs of one task that said something of every image.
  private struct Field {
    let name: String
    let dataset: String
    /// Names of methods, and by method and seed what was said.
    let methods: [String]
    let seeds: [String]
    let said: [[RunOutcomes.Set]]
    let images: Int
  }

  private func fields() -> [Field] {
    scope.parts.compactMap { part in
      let entrants = part.entrants.filter { $0.extent == .part }
      guard let first = entrants.first else { return nil }
      let seeds = first.seeds.filter { seed in entrants.allSatisfy { $0.run(seed) != nil } }
      let said = entrants.map { entrant in seeds.compactMap { entrant.run($0)?.targetOutcomes } }
      guard entrants.count > 1, !seeds.isEmpty, said.allSatisfy({ $0.count == seeds.count }),
        let images = said.first?.first?.predicted.count, images > 0,
        said.joined().allSatisfy({ $0.predicted.count == images && $0.correct[.fineTuned]?.count == images })
      else { return nil }
      return Field(
        name: part.setting, dataset: first.average.unit?.target ?? "", methods: entrants.map(\.name),
        seeds: seeds, said: said, images: images)
    }
  }

  func answer() throws -> StudyQuestion {
    let fields = fields()
    let statements = [
      "Methods differ in what they predict by more than seeds do",
      "Methods differ in what they are surest of by more than seeds do",
      "A vote over methods is more accurate than the best of them",
    ]
    var claims: [StudyClaim] = []
    if fields.isEmpty {
      let reason =
        scope.efficient.count < 2
        ? "The study has fewer than two parameter-efficient methods."
        : "The runs of two methods and a seed that they share did not keep what they said of each image."
      claims = statements.map { StudyClaim($0, notAsked: reason) }
    } else if fields[0].seeds.count < 2 {
      claims = statements.prefix(2).map {
        StudyClaim($0, notAsked: "The methods have one seed in common; that takes at least two.")
      }
      claims.append(try vote(statements[2], fields))
    } else {
      claims = [
        try sharing(
          statements[0], fields,
          quantity: "agreement between seeds of a method minus that between methods of a seed",
          words: {
            "Two seeds of a method give the same class to \($0) of images, two methods of a seed to \($1)."
          },
          Self.agreements),
        try sharing(
          statements[1], fields,
          quantity:
            "overlap of the tenth surest images between seeds of a method minus that between methods of a seed",
          words: {
            "Two seeds of a method share \($0) of the tenth of images (of many, the 5,000) that they are surest of, two methods of a "
              + "seed \($1)."
          }, Self.overlaps),
        try vote(statements[2], fields),
      ]
    }
    return StudyQuestion(
      key: "complementary", title: "Are methods complementary?",
      scope: "Answered by the fine-tuned parameter-efficient methods on the target"
        + (scope.words.isEmpty ? "" : ": \(scope.words)")
        + ". A seed stands for all that it draws: where there are few training images, which, then initialisation and order.",
      claims: claims)
  }

  // MARK: Sharing

  /// Of each image how much seeds of a method share, and methods of a seed, mean over the pairs.
  private struct Sharing {
    var seeds: [Double]
    var methods: [Double]
  }

  /// The means over pairs of what `share` adds for each image of two runs.
  private static func means(
    _ field: Field,
    _ share: (_ one: (method: Int, seed: Int), _ other: (method: Int, seed: Int), inout [Double]) -> Void
  ) -> Sharing {
    var sharing = Sharing(
      seeds: [Double](repeating: 0, count: field.images), methods: [Double](repeating: 0, count: field.images)
    )
    let (methods, seeds) = (field.methods.count, field.seeds.count)
    for seed in 0..<seeds {
      for one in 0..<methods {
        for other in (one + 1)..<max(one + 1, methods) { share((one, seed), (other, seed), &sharing.methods) }
      }
    }
    for method in 0..<methods {
      for one in 0..<seeds {
        for other in (one + 1)..<max(one + 1, seeds) { share((method, one), (method, other), &sharing.seeds) }
      }
    }
    let (ofMethods, ofSeeds) = (
      Double(seeds * methods * (methods - 1) / 2), Double(methods * seeds * (seeds - 1) / 2)
    )
    for image in 0..<field.images {
      sharing.methods[image] /= ofMethods
      sharing.seeds[image] /= ofSeeds
    }
    return sharing
  }

  private static func agreements(_ field: Field) -> Sharing {
    means(field) { one, other, sums in
      let (a, b) = (
        field.said[one.method][one.seed].predicted, field.said[other.method][other.seed].predicted
      )
      for image in sums.indices where a[image] == b[image] { sums[image] += 1 }
    }
  }

  private static func overlaps(_ field: Field) -> Sharing {
    let size = ConfidentOverlapShare.size(of: field.images)
    let surest = field.said.map { runs in
      runs.map { said -> [Bool] in
        var isAmong = [Bool](repeating: false, count: field.images)
        let order = said.confidences.indices.sorted {
          (said.confidences[$1], $0) < (said.confidences[$0], $1)
        }
        for image in order.prefix(size) { isAmong[image] = true }
        return isAmong
      }
    }
    // The mean over all images is the share of those taken.
    let weight = Double(field.images) / Double(size)
    return means(field) { one, other, sums in
      let (a, b) = (surest[one.method][one.seed], surest[other.method][other.seed])
      for image in sums.indices where a[image] && b[image] { sums[image] += weight }
    }
  }

  /// The difference of sharing, its interval drawn over the images of each task.
  private func sharing(
    _ statement: String, _ fields: [Field], quantity: String,
    words: (_ seeds: String, _ methods: String) -> String, _ find: (Field) -> Sharing
  ) throws -> StudyClaim {
    var (seeds, methods) = (0.0, 0.0)
    var rounds = [Double](repeating: 0, count: BootstrapCounts.defaultRounds)
    for (number, field) in fields.enumerated() {
      let found = find(field)
      func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
      seeds += mean(found.seeds) / Double(fields.count)
      methods += mean(found.methods) / Double(fields.count)
      let statistic = SampleStatistic.mean(zip(found.seeds, found.methods).map { $0 - $1 })
      let counts = try BootstrapCounts(images: field.images, seed: SeededRandom.seed(0, UInt64(number)))
      for (round, value) in counts.rounds({ statistic.value(counting: $0) ?? 0 }).enumerated() {
        rounds[round] += value / Double(fields.count)
      }
    }
    let estimate = seeds - methods
    let bounds = BootstrapDistribution(rounds).percentileBounds
    let interval = ConfidenceInterval(
      lower: min(estimate, bounds?.lower ?? -1), upper: max(estimate, bounds?.upper ?? 1))
    return StudyClaim(
      statement, .init(above: 0, interval), quantity: quantity, estimate: estimate, ci95: interval,
      detail: words("\(NumberText.percent(seeds))%", "\(NumberText.percent(methods))%"),
      basis: "\(fields[0].methods.count) methods, \(fields[0].seeds.count) seeds, "
        + "\(NumberText.grouped(fields.reduce(0) { $0 + $1.images })) images"
        + (fields.count > 1 ? " of \(fields.count) tasks" : "")
        + "; the interval is drawn over images, of these runs")
  }

  // MARK: Votes

  /// Whether the class with the most votes is right; of equally many votes the surest, and of equally sure the first.
  private static func vote(_ said: [RunOutcomes.Set], images: Int) -> [Bool] {
    (0..<images).map { image in
      var votes: [Int32: (count: Int, confidence: Double, first: Int)] = [:]
      for (place, one) in said.enumerated() {
        let before = votes[one.predicted[image]] ?? (0, 0, place)
        votes[one.predicted[image]] = (
          before.count + 1, before.confidence + one.confidences[image], before.first
        )
      }
      let winner = votes.values.max {
        ($0.count, $0.confidence, $1.first) < ($1.count, $1.confidence, $0.first)
      }
      // Who voted for it knows whether it is right.
      return winner.flatMap { said[$0.first].correct[.fineTuned]?[image] } ?? false
    }
  }

  private func vote(_ statement: String, _ fields: [Field]) throws -> StudyClaim {
    func right(_ said: RunOutcomes.Set) -> [Bool] { said.correct[.fineTuned] ?? [] }
    func share(_ right: [Bool]) -> Double { Double(right.count { $0 }) / Double(right.count) }
    let seeds = fields[0].seeds.filter { seed in fields.allSatisfy { $0.seeds.contains(seed) } }
    guard !seeds.isEmpty else {
      return StudyClaim(statement, notAsked: "The tasks have no seed in common.")
    }
    var values = [Double](repeating: 0, count: seeds.count)
    var sets: [SeededContrast.Images] = []
    var best: [String] = []
    var ofSeeds: [Double] = []
    let weight = 1 / Double(fields.count)
    for field in fields {
      let accuracies = field.said.map { runs in
        runs.reduce(0) { $0 + share(right($1)) } / Double(runs.count)
      }
      let single = accuracies.indices.max { (accuracies[$0], $1) < (accuracies[$1], $0) } ?? 0
      best.append(field.methods[single])
      var scores = [Double](repeating: 0, count: field.images)
      for (number, seed) in seeds.enumerated() {
        guard let place = field.seeds.firstIndex(of: seed) else { continue }
        let voted = Self.vote(field.said.map { $0[place] }, images: field.images)
        let alone = right(field.said[single][place])
        values[number] += weight * (share(voted) - share(alone))
        for image in 0..<field.images {
          scores[image] += weight / Double(seeds.count) * ((voted[image] ? 1 : 0) - (alone[image] ? 1 : 0))
        }
      }
      sets.append(.init(scores: scores, bound: weight))
      if field.seeds.count > 2 {
        ofSeeds.append(share(Self.vote(field.said[single], images: field.images)) - accuracies[single])
      }
    }
    let contrast = try SeededContrast(ofSeeds: values, sets: sets)
    let interval = try contrast.interval
    let names = best.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return StudyClaim(
      statement, .init(above: 0, interval),
      quantity:
        "accuracy of a majority vote over \(fields[0].methods.count) methods minus that of the best one",
      estimate: contrast.value, ci95: interval,
      detail:
        "The best alone \(fields.count > 1 ? "are" : "is") \(SentenceList.text(names)), named by these test images, which "
        + "favours it over the vote."
        + (ofSeeds.count == fields.count
          ? " A vote over its seeds gains \(NumberText.points(ofSeeds.reduce(0, +) / Double(ofSeeds.count))) points."
          : "")
        + " Runs keep the class they predict of each image, not all logits: `clipft ensemble` averages these.",
      basis: "\(contrast.seeds) seed\(contrast.seeds == 1 ? "" : "s"), "
        + "\(NumberText.grouped(contrast.images)) images"
        + (fields.count > 1 ? " of \(fields.count) tasks" : ""))
  }

  // MARK: Evidence

  private static let mostParts = 3

  /// How alike methods and seeds predict, and what three methods are surest of.
  func evidence() throws -> [StudyDocument.Evidence] {
    let fields = fields()
    return try fields.prefix(Self.mostParts).map { field in
      var document = scope.document(scope.efficient.filter { field.methods.contains($0.name) })
      func share(_ a: RunOutcomes.Set, _ b: RunOutcomes.Set) throws -> Double {
        try PredictionAgreement(a.predicted, b.predicted).share
      }
      let values = try field.said.indices.map { one in
        try field.said.indices.map { other -> Double? in
          guard one != other else { return 1 }
          let shares = try zip(field.said[one], field.said[other]).map { try share($0, $1) }
          return shares.reduce(0, +) / Double(shares.count)
        }
      }
      let seeds = try zip(field.methods, field.said).compactMap {
        name, runs -> AgreementMatrix.SeedBaseline? in
        var shares: [Double] = []
        for (place, a) in runs.enumerated() {
          for b in runs.dropFirst(place + 1) { shares.append(try share(a, b)) }
        }
        guard let least = shares.min(), let greatest = shares.max() else { return nil }
        return .init(
          method: name, mean: shares.reduce(0, +) / Double(shares.count), least: least, greatest: greatest,
          pairs: shares.count)
      }
      document.agreement = [
        AgreementMatrix(
          dataset: field.dataset, statistic: "agreement", methods: field.methods, values: values, seeds: seeds
        )
      ]
      document.overlaps = try overlap(field).map { [$0] }
      return .init(
        question: "complementary", part: fields.count > 1 ? field.name : "", report: document)
    }
  }

  /// Of the first three methods by their first seeds.
  private func overlap(_ field: Field) throws -> Report.ConfidentOverlap? {
    guard field.methods.count > 2 else { return nil }
    let three = field.said.prefix(3).map { $0[0] }
    let size = ConfidentOverlapShare.size(of: field.images)
    let found = try EvalShift.ConfidentOverlap(
      confidences: three.map(\.confidences), correct: three.map { $0.correct[.fineTuned] ?? [] }, size: size)
    func images(_ members: UInt32) -> Int { found.regions[members] ?? 0 }
    return Report.ConfidentOverlap(
      dataset: field.dataset, k: size, confidence: .most, outcome: .all,
      models: Array(field.methods.prefix(3)), single: [images(0b001), images(0b010), images(0b100)],
      pairs: [images(0b011), images(0b101), images(0b110)], all: images(0b111))
  }
}

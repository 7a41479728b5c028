import EvalShift
import Foundation
import Report
import TensorCore
import WiSE

/// Which method a study's numbers advise for each task and number of images, and how sure that is.
struct UserGuide {
  let parts: [StudyPart]
  let rule: AlphaSelection.Rule?

  /// How far below the best a method may lie and be as good.
  static let margin = 0.01
  private static let rounds = BootstrapCounts.defaultRounds

  func advice() throws -> [StudyAdvice] {
    try parts.map { part in
      StudyAdvice(
        setting: part.name,
        zeroShot: part.entrants.lazy.compactMap { $0.average.point(.zeroShot)?.target }.first,
        target: try choice(part, .fineTuned, .target),
        shifts: part.hasShifts ? try choice(part, .selected, .shifts) : nil)
    }
  }

  private func score(_ entrant: Entrant, _ place: RunOutcomes.Place, _ measure: StudyMeasure) -> Score? {
    guard let point = entrant.average.point(place) else { return nil }
    let score = measure == .target ? point.target : point.averageShift(over: point.shifts.keys.sorted())
    return score?.measuredTop1 == nil ? nil : score
  }

  /// Nil where no method was scored so.
  private func choice(
    _ part: StudyPart, _ place: RunOutcomes.Place, _ measure: StudyMeasure
  ) throws -> StudyAdvice.Choice? {
    let known = part.entrants.compactMap { entrant in
      score(entrant, place, measure).map { (entrant: entrant, score: $0) }
    }
    // Of equal ones the one that tunes less.
    guard
      let best = known.indices.max(by: {
        (known[$0].score.top1, -known[$0].entrant.tunedParameters)
          < (known[$1].score.top1, -known[$1].entrant.tunedParameters)
      })
    else { return nil }
    let scope = QuestionScope(
      [StudyPart(setting: part.setting, shots: part.shots, entrants: known.map(\.entrant))], rule: rule)
    let ranking = try PairwiseRanking(scope.contenders, best: best) {
      try scope.difference(.init([$0], place), .init([$1], place), measure)?.contrast
    }
    let good = known.indices.filter {
      $0 == best || ranking.notToldApart.contains(known[$0].entrant.name)
    }
    let smallest =
      good.min {
        (known[$0].entrant.tunedParameters, -known[$0].score.top1)
          < (known[$1].entrant.tunedParameters, -known[$1].score.top1)
      } ?? best
    let shares = try shares(known.map(\.entrant), place, measure)
    var choice = StudyAdvice.Choice(
      best: known[best].entrant.name, accuracy: known[best].score, notToldApart: ranking.notToldApart,
      smallest: known[smallest].entrant.name, smallestTuned: known[smallest].entrant.tunedParameters,
      bestShare: shares?[best], smallestShare: shares?[smallest], methods: known.count,
      seeds: known[best].entrant.runs.count, images: known[best].score.n, words: "")
    choice.words = words(choice, place, measure)
    return choice
  }

  // MARK: How sure

  /// Of each method the share of joint draws of images and seeds in which it is best or within a point of the best; nil where what was
  /// said of each image was not kept for all, or they have no seed in common.
  private func shares(
    _ entrants: [Entrant], _ place: RunOutcomes.Place, _ measure: StudyMeasure
  ) throws -> [Double]? {
    guard let first = entrants.first, let curve = first.runs[0].result.curve,
      let weights = measure.weights(curve)
    else { return nil }
    let seeds = first.seeds.filter { seed in entrants.allSatisfy { $0.run(seed) != nil } }
    guard !seeds.isEmpty else { return nil }
    // [round][method × seed]
    var accuracies = [[Double]](
      repeating: [Double](repeating: 0, count: entrants.count * seeds.count), count: Self.rounds)
    for (number, (set, weight)) in weights.enumerated() {
      let runs = entrants.flatMap { entrant in
        seeds.map { entrant.run($0)?.outcomes?.sets[set.imagesSha256]?.correct[place] }
      }
      let wrong = runs.compactMap { $0.map { correct in correct.indices.filter { !correct[$0] } } }
      guard wrong.count == runs.count, set.n > 0 else { return nil }
      let counts = try BootstrapCounts(
        images: set.n, rounds: Self.rounds, seed: SeededRandom.seed(0, UInt64(number)))
      let drawn = counts.rounds { counts in
        wrong.map { images in
          1 - Double(images.reduce(0) { $0 + Int(counts[$1]) }) / Double(counts.count)
        }
      }
      for (round, values) in drawn.enumerated() {
        for (run, value) in values.enumerated() { accuracies[round][run] += weight * value }
      }
    }
    var within = [Int](repeating: 0, count: entrants.count)
    for (round, runs) in accuracies.enumerated() {
      var random = SeededRandom(SeededRandom.seed(1, 0), UInt64(round))
      // Seeds are drawn alike for all methods, which share them.
      let picked = seeds.map { _ in random.int(below: seeds.count) }
      let means = entrants.indices.map { entrant in
        picked.reduce(0) { $0 + runs[entrant * seeds.count + $1] } / Double(seeds.count)
      }
      let best = means.max() ?? 0
      for (entrant, mean) in means.enumerated() where mean >= best - Self.margin { within[entrant] += 1 }
    }
    return within.map { Double($0) / Double(Self.rounds) }
  }

  // MARK: Words

  private func words(
    _ choice: StudyAdvice.Choice, _ place: RunOutcomes.Place, _ measure: StudyMeasure
  ) -> String {
    let interval = NumberText.interval(choice.accuracy.measuredInterval).map { " (\($0))" } ?? ""
    let context =
      measure == .target ? "On the target, fine-tuned" : "Under shift, at the selected α"
    var sentences: [String] = []
    if choice.methods == 1 {
      sentences.append(
        "\(context): \(choice.best), the only method, has \(NumberText.percent(choice.accuracy.top1))%\(interval)."
      )
    } else {
      sentences.append(
        "\(context): \(choice.best) has the highest mean accuracy of \(choice.methods) methods, "
          + "\(NumberText.percent(choice.accuracy.top1))%\(interval).")
      let count = choice.notToldApart.count
      sentences.append(
        count == 0
          ? "Every other is told apart from it."
          : "\(count == choice.methods - 1 ? "None of the others is" : "\(count) \(count == 1 ? "is" : "are") not") told apart from "
            + "it when all \(NumberText.grouped(choice.methods * (choice.methods - 1) / 2)) pairs are compared: "
            + "\(SentenceList.text(choice.notToldApart)).")
      let share = choice.smallestShare.map {
        "is best or within a point of the best in \(NumberText.percent($0, decimals: 0))% of "
          + "\(NumberText.grouped(Self.rounds)) joint draws of images and seeds"
      }
      if choice.smallest == choice.best {
        sentences.append(
          (count == 0 ? "It " : "It also tunes the fewest parameters of these, and ")
            + (share ?? "what was said of each image was not kept, so that how sure that is cannot be said")
            + ".")
      } else {
        sentences.append(
          "Of all these \(choice.smallest) tunes the fewest parameters (\(NumberText.compact(choice.smallestTuned))) and "
            + (share ?? "is no worse by these data, which do not say how sure that is")
            + (choice.bestShare.map { "; \(choice.best) in \(NumberText.percent($0, decimals: 0))%" } ?? "")
            + ".")
      }
    }
    sentences.append(
      "That rests on \(choice.seeds) seed\(choice.seeds == 1 ? ", which says nothing of the chance of training," : "s") and "
        + "\(NumberText.grouped(choice.images)) images.")
    return sentences.joined(separator: " ")
  }
}

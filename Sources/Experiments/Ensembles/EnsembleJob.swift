import EvalShift
import TensorCore
import Training

/// Combines what models said of the same images: every pair, all together, and those chosen on validation images.
public struct EnsembleJob {
  public let rule: any EnsembleRule
  public let members: [EnsembleMember]
  /// What `alpha` the report names; nil where each member has its own.
  public let alpha: Double?
  /// Up to how many members are chosen, one that is chosen twice counting twice.
  public let size: Int
  public let resampling: Resampling
  /// What distances are measured to, by the features of the last member; nil where the rule asks for none.
  public let failures: ZeroShotFailures?

  private let names: [String]

  /// `size` is the number of members, where nil. Throws unless there are two members and they have the same number of sets.
  public init(
    rule: any EnsembleRule, members: [EnsembleMember], alpha: Double?, size: Int? = nil,
    resampling: Resampling = Resampling(), failures: ZeroShotFailures? = nil
  ) throws(TrainingError) {
    guard members.count > 1 else {
      throw .badSetting("An ensemble takes at least two models; name another run.")
    }
    guard Set(members.map(\.sets.count)).count == 1, members[0].sets.count > 0 else {
      throw .badSetting(
        "The members of an ensemble are combined on the same sets; name them with --datasets.")
    }
    (self.rule, self.members, self.alpha) = (rule, members, alpha)
    self.size = size ?? members.count
    (self.resampling, self.failures) = (resampling, failures)
    names = members.map(\.name)
  }

  /// Ensembles to be scored, on how many sets: what `observe` of `execute` is called for, at most.
  public var work: Int { (ensembles.count + 1) * members[0].sets.count }

  /// Pairs, and all where these are more.
  private var ensembles: [(kind: EnsembleScore.Kind, members: [Int])] {
    let all = Array(members.indices)
    let pairs = all.flatMap { first in
      all.dropFirst(first + 1).map { (EnsembleScore.Kind.pair, [first, $0]) }
    }
    return pairs + (all.count > 2 ? [(.all, all)] : [])
  }

  /// Scores every ensemble; `observe` is called after each on each set.
  public func execute(observe: () throws -> Void = {}) throws -> EnsembleReport {
    var notes: [String] = []
    let scalings = try rule.needs.contains(.temperatures) ? members.map(scaling) : nil
    for (name, scaling) in zip(names, scalings ?? []) where scaling.outcome != .minimum {
      notes.append("the temperature of \(name) is no minimum but \(scaling.outcome.words)")
    }
    let temperatures = scalings.map { $0.map(\.temperature) }
    let metrics = rule.givesProbabilities ? MetricRegistry.all : Self.rankingMetrics
    if !rule.givesProbabilities {
      notes.append(
        "\(rule.name) gives scores that rank the classes, no probabilities: there are no calibration metrics of it"
      )
    }
    let (validation, obstacle) = try validation()
    if let obstacle { notes.append("no ensemble is selected: \(obstacle)") }
    let choice = try validation.map { try select(on: $0, temperatures) }
    let all = ensembles + (choice.map { [(.selected, $0.chosen.members)] } ?? [])
    // One of the combination as a whole, for metrics of calibrated probabilities.
    let combinedScalings = try all.map { _, chosen in
      try rule.givesProbabilities ? validation.map { try fitted(chosen, on: $0, temperatures) } : nil
    }
    let datasets = try members[0].sets.indices.map { place in
      let set = try EnsembleSet(members.map { ($0.name, $0.sets[place]) }, failures: failures)
      let scores = try zip(all, combinedScalings).map { one, scaling in
        let combined = try set.predictions(
          of: combine(one.members, of: set, temperatures), scaling: scaling)
        try observe()
        return EnsembleScore(
          one.kind, one.members, names: names, of: set, predictions: combined, metrics: metrics,
          resampling: resampling)
      }
      return dataset(set, scores, temperatures)
    }
    return EnsembleReport(
      rule: rule.name, alpha: alpha, resampling: resampling, datasets: datasets,
      selection: try choice.map { choice in
        guard let scores = validation?.kept.scores else { return nil }
        return EnsembleReport.Selection(
          dataset: scores.dataset, n: scores.n, imagesSHA256: validation?.kept.images.sha256 ?? "",
          steps: choice.steps.map { .init(members: $0.members.map { names[$0] }, top1: $0.accuracy) },
          members: choice.chosen.members.map { names[$0] },
          cost: try EnsembleCost(Set(choice.chosen.members).sorted().map { members[$0] }))
      } ?? nil, cost: try EnsembleCost(members), notes: notes)
  }

  /// Those that ask for no more than an order of the classes.
  private static var rankingMetrics: [any Metric] {
    MetricRegistry.all.filter { !$0.needs.contains(.probabilities) }
  }

  // MARK: Validation images

  /// What all members said of the validation images; nil, and why, where no ensemble can be chosen on them.
  private func validation() throws -> (EnsembleSet?, obstacle: String?) {
    guard !rule.needs.contains(.failureDistances) else {
      return (nil, "\(rule.name) combines the two ends of one run, and there is nothing to choose among")
    }
    if let without = members.first(where: { $0.validation == nil }) {
      return (nil, "\(without.name) has no validation images")
    }
    do {
      let kept = members.compactMap { member in member.validation.map { (member.name, $0) } }
      return (try EnsembleSet(kept), nil)
    } catch TrainingError.notComparable(let problem) {
      return (nil, "the validation images are not the same for all (\(problem))")
    }
  }

  private func scaling(of member: EnsembleMember) throws -> TemperatureScaling {
    guard let kept = member.validation else {
      let others = EnsembleRuleRegistry.all.filter(\.needs.isEmpty).map(\.name)
      throw TrainingError.badSetting(
        "\(member.name) has no validation images, on which \(rule.name) fits its temperature; take another rule: "
          + "\(others.joined(separator: ", ")).")
    }
    return try TemperatureScaling(
      logits: kept.logits.array, targets: kept.targets, groups: kept.competitors)
  }

  private typealias Choice = EnsembleSelection.Choice

  private func select(
    on validation: EnsembleSet, _ temperatures: [Double]?
  ) throws(EvaluationError) -> (steps: [Choice], chosen: Choice) {
    let steps = try EnsembleSelection(
      models: validation.logits, targets: validation.targets, classCount: validation.classCount, rule: rule,
      temperatures: temperatures
    ).forward(steps: size)
    // There is one step at least.
    var chosen = steps[0]
    for step in steps where step.accuracy > chosen.accuracy { chosen = step }
    return (steps, chosen)
  }

  // MARK: Combinations

  private func combine(
    _ chosen: [Int], of set: EnsembleSet, _ temperatures: [Double]?
  ) throws(EvaluationError) -> [Float] {
    try rule.combine(
      EnsembleInputs(
        choosing: chosen, of: set.logits, classCount: set.classCount, temperatures: temperatures,
        failureDistances: set.failureDistances))
  }

  private func fitted(
    _ chosen: [Int], on validation: EnsembleSet, _ temperatures: [Double]?
  ) throws(EvaluationError) -> TemperatureScaling {
    try TemperatureScaling(
      logits: combine(chosen, of: validation, temperatures), targets: validation.targets,
      classCount: validation.classCount)
  }

  private func dataset(
    _ set: EnsembleSet, _ ensembles: [EnsembleScore], _ temperatures: [Double]?
  ) -> EnsembleReport.Dataset {
    let scores = set.kept.scores
    let own = zip(members, set.predictions).enumerated().map { place, one in
      let (member, predictions) = one
      return EnsembleReport.Member(
        name: member.name, method: member.method,
        seed: member.alpha == 0 ? nil : member.record.settings.seeds.all, alpha: member.alpha,
        top1: Double(predictions.correct) / Double(predictions.count),
        top1Interval: .clopperPearson(successes: predictions.correct, trials: predictions.count),
        temperature: temperatures?[place])
    }
    return EnsembleReport.Dataset(
      dataset: scores.dataset, n: scores.n, imagesSHA256: set.kept.images.sha256, marks: scores.marks,
      members: own, ensembles: ensembles)
  }
}

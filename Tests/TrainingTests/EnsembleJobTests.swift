import Checkpoint
import Datasets
import EvalShift
import Experiments
import Foundation
import Testing
import Training
import TrainingTestSupport

/// Members of ensembles as runs keep what they said.
@Suite("Output ensembles of runs")
struct EnsembleJobTests {
  private let tiny: TinyTraining
  init() throws { tiny = try TinyTraining() }

  /// Images of a seed in an order.
  private static func set(
    _ name: String, seed: UInt64, count: Int = 30, reversed: Bool = false, _ run: LoadedRun
  ) throws -> EvaluationSet {
    let all = try TinyTraining.images(count: count, seed: seed)
    let images = try all.subset(reversed ? (0..<count).reversed() : Array(0..<count))
    return try EvaluationSet(
      images, name: name, role: .target, images: ImageReader().list(images), seen: nil,
      headClasses: run.classes)
  }

  /// A run with what it says of test and validation images.
  private func member(
    _ method: String, seed: UInt64 = 7, alpha: Double = 1, validation: UInt64? = 12, reversed: Bool = false,
    epochs: Int = 2
  ) throws -> EnsembleMember {
    let folder = RunFolder(tiny.folder.file("\(method)-\(seed)"))
    if !folder.exists {
      let job = try tiny.job(method, name: "\(method)-\(seed)", seed: seed) {
        $0.schedule = ScheduleSettings(epochs: epochs)
      }
      _ = try job.run()
    }
    let run = try LoadedRun.load(folder)
    func kept(_ sets: [EvaluationSet]) throws -> [KeptPredictions] {
      let report = try EvalShiftJob(
        model: ScoredModel(run: run), alpha: alpha, sets: sets, predictionsFolder: folder.predictionsFolder,
        keepsFeatures: true
      ).execute()
      return try #require(report.predictions).map {
        try KeptPredictions(contentsOf: URL(fileURLWithPath: $0))
      }
    }
    return EnsembleMember(
      name: "\(method)-\(seed)@\(alpha)", folder: folder, record: run.record, alpha: alpha,
      sets: try kept([Self.set("test", seed: 11, reversed: reversed, run)]),
      validation: try validation.map { try kept([Self.set("validation", seed: $0, count: 12, run)])[0] })
  }

  private func report(
    _ rule: String, _ members: [EnsembleMember], size: Int? = nil, failures: ZeroShotFailures? = nil
  ) throws -> EnsembleReport {
    try EnsembleJob(
      rule: try #require(EnsembleRuleRegistry.named(rule)), members: members, alpha: 1, size: size,
      resampling: Resampling(rounds: 200), failures: failures
    ).execute()
  }

  /// Whether each image is right by the mean of the logits of kept predictions, found by path.
  private func meanIsRight(_ members: [KeptPredictions]) -> [String: Bool] {
    var sums: [String: [Float]] = [:]
    var targets: [String: Int] = [:]
    for kept in members {
      let (values, width) = (kept.logits.array, kept.logits.shape[1])
      for (place, entry) in kept.images.entries.enumerated() {
        let row = Array(values[place * width..<(place + 1) * width])
        sums[entry.path] = zip(sums[entry.path] ?? Array(repeating: 0, count: width), row).map(+)
        targets[entry.path] = Int(kept.targets[place])
      }
    }
    return sums.mapValues { $0 }.reduce(into: [:]) { found, one in
      found[one.key] = one.value.firstIndex(of: one.value.max() ?? 0) == targets[one.key]
    }
  }

  @Test("The mean of the logits is that of the same image, whatever the order in which a member saw them")
  func aligned() throws {
    let members = [
      try member("bitfit"), try member("full", reversed: true), try member("bitfit", seed: 8),
    ]
    let found = try report("mean-logits", members)
    let set = try #require(found.datasets.first)
    #expect(found.datasets.count == 1 && set.n == 30 && set.members.map(\.name) == members.map(\.name))
    #expect(set.ensembles.map(\.kind) == [.pair, .pair, .pair, .all, .selected])
    let (one, other) = (members[0].sets[0], members[1].sets[0])
    #expect(one.images.entries != other.images.entries && one.images.sha256 == other.images.sha256)
    let right = meanIsRight([one, other])
    let pair = set.ensembles[0]
    #expect(pair.members == [members[0].name, members[1].name])
    #expect(pair.top1 == Double(right.values.count { $0 }) / 30)
    let all = meanIsRight(members.map { $0.sets[0] })
    #expect(set.ensembles[3].top1 == Double(all.values.count { $0 }) / 30)
    // Beside the better of the two alone.
    let alone = set.members.prefix(2).map(\.top1)
    let best = try #require(alone.max())
    #expect(pair.best == set.members[alone[0] >= alone[1] ? 0 : 1].name)
    #expect(abs(pair.gain - ((pair.top1 ?? 0) - best)) < 1e-12)
    let interval = try #require(pair.gainInterval)
    #expect(interval.lower <= pair.gain && pair.gain <= interval.upper)
    // Of scores that are no probabilities nothing is said that asks for them.
    #expect(pair.values["nll"] == nil && pair.values["ece"] == nil && pair.values["macro_f1"] != nil)
    #expect(found.notes.contains { $0.contains("no probabilities") })
    let document = try JSONFormat.encode(found)
    #expect(try JSONDecoder().decode(EnsembleReport.self, from: document) == found)
  }

  @Test("Probabilities have all metrics, temperatures fitted on validation images with them")
  func probabilities() throws {
    let members = [try member("bitfit"), try member("full")]
    let found = try report("mean-calibrated", members)
    let set = try #require(found.datasets.first)
    #expect(set.ensembles.map(\.kind) == [.pair, .selected])
    for key in ["nll", "ece", "brier", "aurc", "temperature", "nll_temperature_scaled"] {
      #expect(set.ensembles[0].values[key] != nil, "\(key)")
    }
    for (member, said) in zip(members, set.members) {
      let kept = try #require(member.validation)
      let expected = try TemperatureScaling(
        logits: kept.logits.array, targets: kept.targets, classCount: kept.classes.count)
      #expect(said.temperature == expected.temperature)
    }
    let plain = try report("mean-probabilities", members).datasets[0]
    #expect(plain.members.allSatisfy { $0.temperature == nil })
    #expect(plain.ensembles[0].values["nll"] != set.ensembles[0].values["nll"])
  }

  @Test("Members are chosen on validation images that all have, and not where these differ or are missing")
  func selection() throws {
    let members = [try member("bitfit"), try member("full"), try member("linear")]
    let found = try report("mean-logits", members, size: 4)
    let selection = try #require(found.selection)
    #expect(selection.n == 12 && selection.steps.map(\.members.count) == [1, 2, 3, 4])
    let best = try #require(selection.steps.map(\.top1).max())
    #expect(selection.members == selection.steps.first { $0.top1 == best }?.members)
    let accuracies = try members.map { member in
      let predictions = try #require(member.validation).predictions()
      return Double(predictions.correct) / 12
    }
    #expect(selection.steps[0].top1 == accuracies.max())
    #expect(found.datasets[0].ensembles.last?.members == selection.members)
    for (odd, words) in [
      (try member("lora", validation: 13), "not the same for all"),
      (try member("lora", validation: nil), "has no validation images"),
    ] {
      let without = try report("vote", [members[0], odd])
      #expect(without.selection == nil && without.notes.contains { $0.contains(words) }, "\(without.notes)")
      #expect(without.datasets[0].ensembles.map(\.kind) == [.pair])
    }
    // Each on its own, temperatures need not be of the same images, but of some.
    #expect(try report("mean-calibrated", [members[0], try member("lora", validation: 13)]).selection == nil)
    let error = #expect(throws: TrainingError.self) {
      _ = try report("mean-calibrated", [members[0], try member("lora", validation: nil)])
    }
    #expect(error?.description.contains("mean-probabilities") == true)
  }

  @Test("What members share is stored once, what each tuned is its own")
  func cost() throws {
    let members = [try member("lora"), try member("lora", seed: 8), try member("bitfit")]
    func stored(_ member: EnsembleMember) throws -> [String: Int] {
      let file = try SafetensorsFile(url: member.folder.tunedFile)
      return Dictionary(
        uniqueKeysWithValues: file.names.map { ($0, (file.shape(of: $0) ?? []).reduce(1, *)) })
    }
    let own = try members.map(stored)
    // The tower of `TinyTraining.model`, counted by hand: patches, class token, positions, norms, two blocks, projection.
    let block = 4 * (16 * 16 + 16) + 2 * 16 * 32 + 32 + 16 + 4 * 16
    let tower = 16 * 3 * 64 + 16 + 5 * 16 + 4 * 16 + 2 * block + 16 * 8
    let projection = 16 * 8
    let found = try report("mean-logits", members).cost
    // Every method trains the projection, so that nobody needs the first one.
    #expect(found.parameters == tower - projection + own.reduce(0) { $0 + $1.values.reduce(0, +) })
    #expect(found.forwardPasses == 3 && found.relativeTime == 3 && found.pretrainedModels == 1)
    #expect(found.largestMemberParameters < found.parameters && found.largestMemberParameters > tower)
    // Two that tuned all share nothing.
    let full = [try member("full"), try member("full", seed: 8)]
    let expected = try full.reduce(0) { try $0 + stored($1).values.reduce(0, +) }
    #expect(try report("vote", full).cost.parameters == expected)
  }

  @Test("The two ends of a run are mixed by nearness to what only fine-tuning gets right")
  func ends() throws {
    let members = [
      try member("full", alpha: 0, epochs: 8), try member("full", alpha: 1, epochs: 8),
    ]
    let run = try LoadedRun.load(members[0].folder)
    let training = try EvaluationSet(
      TinyTraining.images(), role: .target, images: ImageReader().list(TinyTraining.images()), seen: nil,
      headClasses: run.classes)
    let failures = try ZeroShotFailures(of: run, alpha: 1, training: training)
    #expect(failures.count > 0 && failures.width == 16)
    let found = try report("vrf", members, failures: failures)
    let set = found.datasets[0]
    #expect(set.members.map(\.method) == ["zero-shot", "full"] && set.members[0].seed == nil)
    #expect(found.selection == nil && set.ensembles.map(\.kind) == [.pair])
    let features = try #require(members[1].sets[0].features)
    let expected = try VarianceReduction().combine(
      EnsembleInputs(
        models: members.map { $0.sets[0].logits.array }, classCount: 3,
        temperatures: set.members.compactMap(\.temperature),
        failureDistances: failures.distances(to: features.array)))
    let predictions = try Predictions(logits: expected, targets: members[0].sets[0].targets)
    #expect(set.ensembles[0].values["nll"] == NegativeLogLikelihood().value(of: predictions))
    #expect(throws: TrainingError.self) { try ZeroShotFailures(of: run, alpha: 0, training: training) }
    #expect(throws: EvaluationError.self) { try report("vrf", members) }
    let bare = EnsembleMember(
      name: "bare", folder: members[1].folder, record: members[1].record, alpha: 1, sets: [], validation: nil)
    #expect(throws: TrainingError.self) { try report("vote", [members[0], bare]) }
    #expect(throws: TrainingError.self) { try report("vote", [members[0]]) }
  }
}

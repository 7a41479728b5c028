import Foundation
import PEFT
import Report
import TensorCore
import Training

extension ComparableRuns.Group {
  /// What the group's colour and mark are chosen by: its method's place in the registry, and its options where they are
  /// neither the method's defaults nor its own on the embedded world.
  var look: MethodLook? {
    guard let record = runs.first?.run.record,
      let place = MethodRegistry.all.firstIndex(where: { $0.name == record.method })
    else { return nil }
    let isStandard = MethodRegistry.unusual(record.choices, of: record.method).isEmpty
    return MethodLook(method: place, variant: isStandard ? "" : record.choices.text)
  }
}

extension MethodRegistry {
  /// Of a run's choices those that are neither a method's defaults in the image tower, nor, all of them, its own on the embedded
  /// world.
  static func unusual(_ choices: [String: OptionValue], of name: String) -> [String: OptionValue] {
    let standards = [false, true].compactMap { onWorld in
      (try? method(named: name, onWorld: onWorld))?.optionValues
        .merging(RunSpec.Towers.vision.choice) { own, _ in own }
    }
    return standards.map { standard in choices.filter { standard[$0.key] != $0.value } }
      .min { $0.count < $1.count } ?? choices
  }
}

extension ExperimentFacts {
  /// How the runs of a report came about; nil where there are none.
  init?(_ runs: ComparableRuns) {
    guard let first = runs.runs.first, let scored = first.curve.points.first?.target.provenance else {
      return nil
    }
    let record = first.run.record
    let machines = runs.runs.map(\.run.record.machine)
    func each(_ words: [String]) -> String {
      words.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.joined(separator: " or ")
    }
    let described = record.data.descriptions
    self.init(
      model: record.spec.model == WorldModel.name
        ? "the CLIP of clipft’s embedded world"
        : "the CLIP \(URL(fileURLWithPath: record.model.path).lastPathComponent)",
      modelSHA256: record.model.sha256, classes: record.data.classes.count,
      prompts: described?.prompts ?? record.data.templates.count,
      promptKind: described == nil ? "template" : "prompt", scoringPrecision: scored.precision,
      trainingPrecision: each(machines.map(\.precision.rawValue)), engine: scored.engine,
      programVersion: each(runs.runs.map(\.run.record.programVersion) + [scored.version]),
      training: runs.groups.compactMap { group in
        group.runs.first.map { Training(group.name, $0.run.record) }
      })
  }
}

extension ExperimentFacts.Training {
  fileprivate init(_ name: String, _ record: RunRecord) {
    let settings = record.settings
    let options = record.spec.method.options.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    // Through text, so that a rate is written as it was given and not as its nearest neighbour in double precision.
    func exact(_ value: Float) -> Double { Double("\(value)") ?? Double(value) }
    self.init(
      method: name, options: options.joined(separator: ", "), optimizer: settings.optimizer.name.rawValue,
      learningRate: exact(settings.optimizer.lr), weightDecay: exact(settings.optimizer.weightDecay),
      epochs: settings.schedule.epochs, batch: settings.batch.size, recipe: record.spec.recipe,
      images: Images(
        data: record.data.name, training: record.data.train.n, validation: record.data.validation.n,
        validationSplit: record.data.validationSplit))
  }
}

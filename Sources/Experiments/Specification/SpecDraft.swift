import Checkpoint
import Datasets
import Foundation
import ImageCodec
import PEFT
import TensorCore
import Training

/// A specification in the making: what files, flags and `--set` say, one after another, of which the later wins. What
/// nobody says comes from a recipe.
public struct SpecDraft: Sendable {
  /// What is taken where nobody says anything.
  public struct Defaults: Sendable {
    public var model: String
    public var dataset: String
    public var dataRoot: String
    public var seed: UInt64
    public var precision: Precision
    /// Whether data are the embedded world's.
    public var isWorld: @Sendable (_ dataset: String) throws -> Bool

    public init(
      model: String = WorldModel.name, dataset: String = "shapes", dataRoot: String = "data",
      seed: UInt64 = 0,
      precision: Precision = .native,
      isWorld: @escaping @Sendable (_ dataset: String) throws -> Bool = { $0 == "shapes" }
    ) {
      self.model = model
      self.dataset = dataset
      self.dataRoot = dataRoot
      self.seed = seed
      self.precision = precision
      self.isWorld = isWorld
    }
  }

  /// A whole specification, and what its reader should know of how it came about.
  public struct Resolved: Sendable {
    public var spec: RunSpec
    public let notes: [String]
    /// Paths of what was said, not taken from a recipe.
    public let given: Set<String>
    /// Those of them that were said on the command line: a file has every key, whether it matters or not.
    public let flagged: Set<String>

    /// Whether neither a recipe nor a warm-up was asked for, so that the warm-up may be fitted to the images.
    public var leavesWarmupToRecipe: Bool {
      given.isDisjoint(with: SpecDraft.warmups + ["recipe"])
    }
  }

  static let warmups = ["schedule.warmup_steps", "schedule.warmup_epochs", "schedule.warmup_share"]

  private var tree = SpecValue.map([:])
  /// Where a path was said last.
  private var places: [String: (place: String, isUsage: Bool)] = [:]

  public init() {}

  /// Takes over what a file says.
  public mutating func add(_ file: SpecFile) throws {
    let leaves = file.tree.leaves
    let given = Self.warmups.filter { leaves[$0].map { $0 != .null } ?? false }
    guard given.count < 2 else {
      throw SpecError(
        place: file.place(of: given[1]), problem: "\(given[0]) says the same thing; give one of them")
    }
    if let only = given.first { dropWarmups(but: only) }
    tree.merge(file.tree)
    for path in leaves.keys { places[path] = (file.place(of: path), false) }
  }

  /// Takes over what a flag says, if anything; `place` is how it is called.
  public mutating func set(_ path: String, to value: (some Encodable)?, by place: String) throws {
    guard let value else { return }
    do {
      try set(path, to: SpecValue(encoding: value), by: place)
    } catch is CheckpointError {
      throw SpecError(place: place, problem: "it takes a finite number", isUsage: true)
    }
  }

  /// Takes over `path=value`.
  public mutating func set(_ assignment: String) throws {
    guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
      throw SpecError(
        place: "--set \(assignment)", problem: "it takes key=value, as in --set optimizer.lr=1e-4",
        isUsage: true)
    }
    let (path, word) = (String(assignment[..<equals]), String(assignment[assignment.index(after: equals)...]))
    let place = "--set \(path)"
    guard word.hasPrefix("[") || word.hasPrefix("{") else {
      return try set(path, to: SpecValue(word: word), by: place)
    }
    let file = try SpecFile(text: "value: \(word)", path: place)
    try set(path, to: file.tree["value"] ?? .null, by: place)
  }

  private mutating func set(_ path: String, to value: SpecValue, by place: String) throws {
    if Self.warmups.contains(path), value != .null { dropWarmups(but: path) }
    guard tree.set(path, to: value) else {
      throw SpecError(place: place, problem: "there is nothing below a part of \(path)", isUsage: true)
    }
    places[path] = (place, true)
  }

  /// A warm-up takes the place of any other.
  private mutating func dropWarmups(but path: String) {
    for other in Self.warmups where other != path { _ = tree.set(other, to: .null) }
  }

  public subscript(_ path: String) -> SpecValue? { tree[path].flatMap { $0 == .null ? nil : $0 } }

  /// The specification. Throws where a key is unknown, a value is of another kind, or the method has no such option.
  public func resolved(_ defaults: Defaults) throws -> Resolved {
    let asked = try tree["recipe"].flatMap { $0 == .null ? nil : try Recipe.named($0.text) }
    guard let name = try text("method.name") ?? asked?.method else {
      throw MethodError.unfit(
        "Name a method with --peft, or in the specification as method.name: "
          + "\(MethodRegistry.all.map { $0.name }.joined(separator: ", ")).")
    }
    // A name that is none is said before anything of the data.
    let options = (name == asked?.method ? asked?.methodOptions ?? [:] : [:]).merging(try methodOptions()) {
      $1
    }
    _ = try MethodRegistry.method(named: name, options: options)
    let dataset = try text("data.dataset") ?? defaults.dataset
    let world = try defaults.isWorld(dataset)
    let recipe = try tree["recipe"] == nil ? Recipe.standard(for: name, onWorld: world) : asked
    let onWorld = recipe?.takesMethodsWorldDefaults ?? false
    let method = try MethodRegistry.method(named: name, options: options, onWorld: onWorld)
    let training = type(of: method).training
    let own = onWorld ? training.worldOptions.filter { options[$0.key] == nil } : [:]
    let notes = own.sorted { $0.key < $1.key }.map { option, value in
      "\(option)=\(value), as the recipe \(recipe?.name ?? "") has it for \(name)"
    }
    var whole = try base(defaults).tree
    if let recipe { whole.merge(recipe.spec) }
    if onWorld {
      _ = try whole.set("optimizer.lr", to: SpecValue(encoding: training.worldRate))
      _ = try whole.set("schedule.epochs", to: SpecValue(encoding: training.worldEpochs))
    }
    if Self.warmups.contains(where: { self[$0] != nil }) {
      for warmup in Self.warmups { _ = whole.set(warmup, to: .null) }
    }
    let begun = whole
    whole.merge(tree)
    _ = whole.set("recipe", to: recipe.map { .text($0.name) } ?? .null)
    _ = whole.set("method.name", to: .text(name))
    _ = try whole.set("method.options", to: SpecValue(encoding: method.optionValues))
    try lowerEnds(of: &whole)
    let spec = try decode(whole, begunAs: begun)
    try spec.settings.validate(images: 1)
    return Resolved(
      spec: spec, notes: notes, given: Set(tree.leaves.keys),
      flagged: Set(places.filter(\.value.isUsage).keys))
  }

  /// What holds where neither a recipe nor anybody says anything.
  private func base(_ defaults: Defaults) throws -> RunSpec {
    RunSpec(
      model: defaults.model,
      data: TrainingDataRequest(dataset: defaults.dataset, dataRoot: defaults.dataRoot),
      method: .init(name: "", options: [:]),
      settings: FineTuningSettings(
        optimizer: OptimizerSettings(lr: 1e-5, weightDecay: 0), schedule: ScheduleSettings(epochs: 10),
        batch: BatchSettings(size: 64), seeds: TrainingSeeds(defaults.seed)),
      precision: defaults.precision)
  }

  /// A recipe's ends of the schedule are below its own peak; a lower one given takes them along.
  private func lowerEnds(of whole: inout SpecValue) throws {
    guard let given = self["optimizer.lr"], let rate = try? given.decoded(Float.self) else { return }
    for end in ["schedule.floor", "schedule.warmup_start"] where self[end] == nil {
      if let value = whole[end], let number = try? value.decoded(Float.self), number > rate {
        _ = whole.set(end, to: given)
      }
    }
  }

  private func methodOptions() throws -> [String: String] {
    guard let options = self["method.options"] else { return [:] }
    guard let map = options.map else { throw error("method.options", "it takes name: value") }
    return map.mapValues(\.text)
  }

  private func text(_ path: String) throws -> String? {
    guard let value = self[path] else { return nil }
    guard case .text(let text) = value else { throw error(path, "'\(value.text)' is no name") }
    return text
  }

  /// The tree as a specification that holds all of it; `begun` is what it was without what was said.
  private func decode(_ whole: SpecValue, begunAs begun: SpecValue) throws -> RunSpec {
    let spec: RunSpec
    do {
      spec = try whole.decoded(RunSpec.self)
    } catch let problem as DecodingError {
      // Of a number that does not fit, the decoder does not say whose it is.
      let path = problem.key.isEmpty ? culprit(begun) : SpecKey.snakeCase(problem.key)
      guard let value = whole[path] else { throw error(path, "it is missing") }
      throw error(path, "\(path) cannot be '\(value.text)'\(Self.advice(path))")
    }
    let known = try spec.tree
    for path in tree.leaves.keys.sorted() where known[path] == nil && !path.hasPrefix("method.options") {
      var parts = path.split(separator: ".").map(String.init)
      while parts.count > 1, known[parts.dropLast().joined(separator: ".")]?.map == nil { parts.removeLast() }
      let parent = parts.dropLast().joined(separator: ".")
      let siblings = (parent.isEmpty ? known : known[parent] ?? known).map?.keys.sorted() ?? []
      let last = parts.last ?? path
      let hint = Spelling.nearest(to: last, in: siblings).map { ", did you mean \($0)" } ?? ""
      let under = parent.isEmpty ? "" : " under \(parent)"
      throw error(
        path, "there is no key '\(last)'\(under)\(hint); known are \(siblings.joined(separator: ", "))")
    }
    return spec
  }

  /// The first of what was said that cannot be decoded.
  private func culprit(_ begun: SpecValue) -> String {
    tree.leaves.sorted { $0.key < $1.key }.first { path, value in
      var probe = begun
      _ = probe.set(path, to: value)
      return (try? probe.decoded(RunSpec.self)) == nil
    }?.key ?? ""
  }

  private func error(_ path: String, _ problem: String) -> SpecError {
    var parts = path.split(separator: ".")
    while !parts.isEmpty {
      if let found = places[parts.joined(separator: ".")] {
        return SpecError(place: found.place, problem: problem, isUsage: found.isUsage)
      }
      parts.removeLast()
    }
    return SpecError(place: "the specification", problem: problem)
  }

  /// What a key of few values can be.
  private static func advice(_ path: String) -> String {
    let words: [String]? =
      switch path {
      case "optimizer.name": OptimizerName.allCases.map(\.rawValue)
      case "optimizer.decay": WeightDecayScope.allCases.map(\.rawValue)
      case "objective.name": ObjectiveName.allCases.map(\.rawValue)
      case "objective.positives": ObjectiveSettings.Positives.allCases.map(\.rawValue)
      case "teacher.name": TeacherName.allCases.map(\.rawValue)
      case "head.start": HeadSettings.Start.allCases.map(\.rawValue)
      case "selection.epoch": SelectionSettings.Epoch.allCases.map(\.rawValue)
      case "schedule.name": LearningRateSchedule.Shape.allCases.map(\.rawValue)
      case "schedule.pace": LearningRateSchedule.Pace.allCases.map(\.rawValue)
      case "method.towers": RunSpec.Towers.allCases.map(\.rawValue)
      case "precision": Precision.allCases.map(\.rawValue)
      case "data.sampler": TrainingDataRequest.Sampler.allCases.map(\.rawValue)
      case "data.bad_images": BadImagePolicy.allCases.map(\.rawValue)
      default: nil
      }
    return words.map { "; give \($0.joined(separator: ", "))" } ?? ""
  }
}

/// Keys between Swift's spelling and that of files.
enum SpecKey {
  /// `schedule.warmupSteps` → `schedule.warmup_steps`; list indices as `Index 0` → `0`.
  static func snakeCase(_ path: String) -> String {
    path.replacingOccurrences(of: "Index ", with: "").reduce(into: "") { result, letter in
      if letter.isUppercase { result += "_" }
      result += letter.lowercased()
    }
  }
}

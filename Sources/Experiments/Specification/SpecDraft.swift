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
    /// Where everything was said that no recipe said.
    public let origins: SpecOrigins
    /// What somebody asked for. Not all that was said: a file that was printed has every key, whether it matters or not, so
    /// that of a file only those count whose values nobody would have got without it.
    public let asked: AskedSettings

    /// Whether neither a recipe nor a warm-up was asked for, so that the warm-up may be fitted to the images.
    public var leavesWarmupToRecipe: Bool {
      (SpecDraft.warmups + ["recipe"]).allSatisfy { origins[$0] == nil }
    }

    /// What `action` does; what it throws says where the keys that it is about were said.
    public func locating<Value>(_ action: () throws -> Value) throws -> Value {
      do {
        return try action()
      } catch {
        throw locatedError(error)
      }
    }

    /// What `action` does with what a key names; what it throws says in which file and line that was said.
    public func locating<Value>(_ key: String, _ action: () throws -> Value) throws -> Value {
      do {
        return try action()
      } catch let error as any ClassifiedError {
        guard !(error is SpecError), let origin = origins.nearest(to: key), origin.kind != .flag else {
          throw error
        }
        throw LocatedError(place: origin.place, error: error)
      }
    }

    /// An error, and where the keys that it is about were said.
    func locatedError(_ error: any Error) -> any Error { origins.located(error) }
  }

  static let warmups = ["schedule.warmup_steps", "schedule.warmup_epochs", "schedule.warmup_share"]

  private var tree = SpecValue.map([:])
  private var origins = SpecOrigins()
  /// What a file says of its recipe; nil where it says nothing.
  private var recipeOfFile: SpecValue?

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
    recipeOfFile = file.tree["recipe"]
    for path in leaves.keys.sorted() {
      origins.note(path, file.place(of: path), file.isRecipe ? .recipeFile : .file)
    }
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
    origins.note(path, place, .flag)
  }

  /// A warm-up takes the place of any other.
  private mutating func dropWarmups(but path: String) {
    for other in Self.warmups where other != path { _ = tree.set(other, to: .null) }
  }

  public subscript(_ path: String) -> SpecValue? { tree[path].flatMap { $0 == .null ? nil : $0 } }

  /// The specification. Throws where a key is unknown, a value is of another kind or out of its range, the method has no such
  /// option, or nothing would come of what was asked for.
  public func resolved(_ defaults: Defaults) throws -> Resolved {
    do {
      return try whole(defaults)
    } catch {
      throw origins.located(error)
    }
  }

  private func whole(_ defaults: Defaults) throws -> Resolved {
    let base = try RunSpec(
      model: defaults.model,
      data: TrainingDataRequest(dataset: defaults.dataset, dataRoot: defaults.dataRoot),
      method: .init(name: "", options: [:]), settings: .unsaid(seed: defaults.seed),
      precision: defaults.precision
    ).tree
    // What is no key, or no value of one, is said before anything that is missing. Options are their method's to judge.
    var open = base.merging(tree)
    if let options = self["method.options"]?.map {
      _ = open.set("method.options", to: .map(options.mapValues { .text($0.text) }))
    }
    let said = try decode(open)
    let asked = try said.recipe.map(Recipe.named)
    if let asked { try requireUse(of: asked) }
    guard let name = self["method.name"] == nil ? asked?.method : said.method.name else {
      throw MethodError.unfit(
        "Name a method with --peft, or in the specification as method.name: "
          + "\(MethodRegistry.all.map { $0.name }.joined(separator: ", ")).")
    }
    // A name that is none is said before anything of the data.
    let options = (name == asked?.method ? asked?.methodOptions ?? [:] : [:])
      .merging(self["method.options"]?.map?.mapValues(\.text) ?? [:]) { $1 }
    _ = try MethodRegistry.method(named: name, options: options)
    try said.data.validate(seed: said.settings.seeds.data)
    let world = try defaults.isWorld(said.data.dataset)
    let recipe = try tree["recipe"] == nil ? Recipe.standard(for: name, onWorld: world) : asked
    let onWorld = recipe?.takesMethodsWorldDefaults ?? false
    let method = try MethodRegistry.method(named: name, options: options, onWorld: onWorld)
    let training = type(of: method).training
    let own = onWorld ? training.worldOptions.filter { options[$0.key] == nil } : [:]
    let notes = own.sorted { $0.key < $1.key }.map { option, value in
      "\(option)=\(value), as the recipe \(recipe?.name ?? "") has it for \(name)"
    }
    let begun = try recipe?.applied(to: base, method: type(of: method)) ?? base
    var whole = begun
    if Self.warmups.contains(where: { self[$0] != nil }) {
      for warmup in Self.warmups { _ = whole.set(warmup, to: .null) }
    }
    whole.merge(tree)
    _ = whole.set("recipe", to: recipe.map { .text($0.name) } ?? .null)
    _ = whole.set("method.name", to: .text(name))
    _ = try whole.set("method.options", to: SpecValue(encoding: method.optionValues))
    lowerEnds(of: &whole)
    let spec = try decode(whole)
    let wishes = try wishes(in: spec, begunAs: begun.decoded(RunSpec.self))
    try spec.validate()
    try InertSetting.refuse(spec.inert, asked: wishes)
    return Resolved(spec: spec, notes: notes, origins: origins, asked: wishes)
  }

  /// Throws where a recipe is asked for beside a file that says itself all that the recipe does: the run would bear a name of
  /// which nothing was used.
  private func requireUse(of recipe: Recipe) throws(SpecError) {
    guard origins["recipe"]?.kind == .flag, recipeOfFile != .text(recipe.name) else { return }
    let settings = recipe.spec.leaves.keys.filter { !$0.hasPrefix("method.") }
    let isUsed = settings.contains { path in
      origins.nearest(to: path).map { $0.kind == .flag } ?? true
    }
    guard !isUsed else { return }
    throw origins.error(
      "recipe",
      "the file of --spec says itself all that the recipe \(recipe.name) says, so that nothing of it would be used; leave "
        + "--recipe away, or take from the file what the recipe is to say")
  }

  /// What was said on the command line, and what a file changed.
  private func wishes(in spec: RunSpec, begunAs begun: RunSpec) throws -> AskedSettings {
    // Both as they are written, and of a part that is off by default what it is once it is on.
    let (values, before) = (try spec.tree, try begun.tree)
    let parts = try SpecValue.map(["augmentation": SpecValue(encoding: AugmentationSettings())])
    var asked = AskedSettings(varied: origins.varied)
    for path in tree.leaves.keys {
      guard let origin = origins.nearest(to: path), origin.kind != .recipeFile else { continue }
      let value = values[path] ?? .null
      // A warm-up that was fitted to the images is none that was asked for.
      let isChange =
        value != before[path] ?? .null && value != parts[path] && !Self.warmups.contains(path)
      if origin.kind == .flag, isChange || origins[path] != nil {
        asked.flags.insert(path)
      } else if isChange {
        asked.files.insert(path)
      }
    }
    return asked
  }

  /// A recipe's ends of the schedule are below its own peak; a lower one given takes them along.
  private func lowerEnds(of whole: inout SpecValue) {
    guard let given = self["optimizer.lr"], let rate = given.number else { return }
    for end in ["schedule.floor", "schedule.warmup_start"] where self[end] == nil {
      if let number = whole[end]?.number, number > rate { _ = whole.set(end, to: given) }
    }
  }

  /// The tree as a specification that holds all of it.
  private func decode(_ whole: SpecValue) throws -> RunSpec {
    let log = SpecDecoder.Log()
    let spec: RunSpec
    do {
      spec = try whole.decoded(RunSpec.self, log: log)
    } catch let mismatch as SpecMismatch {
      throw origins.error(mismatch.path, mismatch.problem)
    }
    guard let (path, known) = log.unknown(in: tree) else { return spec }
    let last = path.last ?? ""
    let hint =
      last.contains(".")
      ? ", keys have no points: write each part under the one before it"
      : (Spelling.nearest(to: last, in: known) ?? log.place(of: last)).map { ", did you mean \($0)" } ?? ""
    let under = path.count > 1 ? " under \(path.dropLast().joined(separator: "."))" : ""
    throw origins.error(
      path.joined(separator: "."),
      "there is no key '\(last)'\(under)\(hint); known are \(known.joined(separator: ", "))")
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

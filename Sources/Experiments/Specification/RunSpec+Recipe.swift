import PEFT
import Training

extension RunSpec {
  /// The keys in which it differs from what its recipe alone would make of it; nil where it has no recipe. A recipe's name
  /// says what a run is only together with these.
  ///
  /// What is no recipe's to say is left out: the model, the data, seeds, precision, and how much is in memory at once; the
  /// method and its options, too, of a recipe for any method. Throws where there is no recipe of that name.
  public func recipeChanges() throws -> [String]? {
    guard let recipe = try recipe.map(Recipe.named) else { return nil }
    var alone = self
    alone.settings = .unsaid(seed: 0)
    alone.settings.seeds = settings.seeds
    let keeps = (recipe.method ?? method.name) == method.name
    let own = try MethodRegistry.method(
      named: recipe.method ?? method.name, options: recipe.methodOptions,
      onWorld: recipe.takesMethodsWorldDefaults)
    if recipe.method != nil { alone.method = Method(name: type(of: own).name, options: [:]) }
    if recipe.method != nil || recipe.takesMethodsWorldDefaults { alone.method.options = own.optionValues }
    var tree = try recipe.applied(to: alone.tree, method: type(of: own))
    // As they are decoded: a recipe may write them otherwise.
    _ = try tree.set("method.options", to: SpecValue(encoding: alone.method.options))
    var expected = try tree.decoded(RunSpec.self)
    (expected.recipe, expected.settings.batch.micro) = (self.recipe, settings.batch.micro)
    expected.settings.batch.recompute = settings.batch.recompute
    // Options of another method are no changes of this one's.
    if !keeps { expected.method.options = method.options }
    return try expected.tree.differences(from: self.tree)
  }
}

extension Recipe {
  /// What it says, over a specification that says nothing itself, for a method.
  func applied(to tree: SpecValue, method: any FineTuningMethod.Type) throws -> SpecValue {
    var whole = tree
    whole.merge(spec)
    if takesMethodsWorldDefaults {
      _ = try whole.set("optimizer.lr", to: SpecValue(encoding: method.training.worldRate))
      _ = whole.set("schedule.epochs", to: .integer(Int64(method.training.worldEpochs)))
    }
    return whole
  }
}

extension FineTuningSettings {
  /// What holds where neither a recipe nor anybody says anything.
  static func unsaid(seed: UInt64) -> FineTuningSettings {
    FineTuningSettings(
      optimizer: OptimizerSettings(lr: 1e-5, weightDecay: 0), schedule: ScheduleSettings(epochs: 10),
      batch: BatchSettings(size: 64), seeds: TrainingSeeds(seed))
  }
}

extension SpecValue {
  /// Paths of the values, or of the whole parts, in which two trees differ.
  func differences(from other: SpecValue, under path: [String] = []) -> [String] {
    guard let mine = map, let theirs = other.map else {
      return self == other ? [] : [path.joined(separator: ".")]
    }
    return Set(mine.keys).union(theirs.keys).sorted().flatMap { key in
      (mine[key] ?? .null).differences(from: theirs[key] ?? .null, under: path + [key])
    }
  }
}

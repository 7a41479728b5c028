import TensorCore

/// What a fine-tuning method did to a model: which of its own parameters train, and everything that was added.
///
/// A method fills it; whoever trains, saves, interpolates or merges asks it. Linear layers, sites and prompts hold the
/// modules while they are attached; `detach` leaves the model as it was.
public final class Adaptation {
  public let towers: [any AdaptableTower]
  /// Trained by every method that does not say otherwise, and counted apart.
  public let head: [Parameter]
  /// The classes' prompts and the tower that reads them; nil unless the classifier was made with them.
  public let texts: (any ClassTexts)?
  /// What takes the place of the head.
  public var headModule: (any HeadModule)?
  /// Training images, for methods that keep them.
  public let examples: (any Examples)?
  private let store: ParameterStore
  private let root: ParameterScope
  private let seed: UInt64
  /// Paths of what the model had before.
  private let own: Set<String>
  private var kept: [String: KeptCheck] = [:]
  /// Whether values matter: to count parameters, a method need not find out what they start as.
  public let countsOnly: Bool
  /// Values of everything of the model's own that trains, as they were before.
  public private(set) var start: [String: Tensor] = [:]

  /// Whether the head trains.
  public var trainsHead = true {
    didSet { for parameter in head { parameter.isTrainable = trainsHead } }
  }

  /// Begins with nothing of the towers trained, nothing added, and a head that trains. What is added starts from `seed`.
  public init(
    towers: [any AdaptableTower], head: [Parameter], texts: (any ClassTexts)? = nil,
    examples: (any Examples)? = nil, store: ParameterStore, seed: UInt64, countsOnly: Bool = false
  ) {
    self.texts = texts
    self.examples = examples
    self.countsOnly = countsOnly
    self.towers = towers
    self.head = head
    self.store = store
    self.seed = seed
    root = ParameterScope(store: store, source: SeededSource(seed: seed))
    own = Set(store.parameters.map(\.path))
    for parameter in store.parameters { parameter.isTrainable = false }
    for parameter in head { train(parameter) }
  }

  // MARK: What methods do

  /// Where parameters of a module are built.
  public func scope(_ path: String) -> ParameterScope { root[path] }

  /// What is wrong with a kept value, in a few words after its name; nil where nothing is.
  public typealias KeptCheck = (_ value: Tensor) -> String?

  /// Saves a parameter that does not train: what cannot be found out again. `problem` looks at a value that came from a
  /// file.
  public func keep(_ parameter: Parameter, problem: @escaping KeptCheck = { _ in nil }) {
    kept[parameter.path] = problem
  }

  /// Values that a method draws once and never trains; they come from the seed again, and are not saved.
  public func fixed(_ name: String, _ shape: [Int], _ initializer: Initializer) -> Tensor {
    initializer.tensor(shape: shape, seed: SeededRandom.seed(seed, named: name))
  }

  /// Trains the towers' own parameters that satisfy a condition.
  public func train(where isTrained: (PlacedParameter) -> Bool) {
    for placed in towers.flatMap(\.ownParameters) where isTrained(placed) {
      train(placed.parameter)
    }
  }

  /// Trains a parameter of the model's own that is of no tower.
  public func train(_ parameter: Parameter) {
    parameter.isTrainable = true
    start[parameter.path] = parameter.value
  }

  /// Gives each linear layer the update that `make` makes for it, if any.
  public func update(_ make: (_ linear: Linear, _ scope: ParameterScope) -> (any LinearUpdate)?) {
    for linear in towers.flatMap(\.linears) { linear.update = make(linear, scope(linear.path)) }
  }

  /// Computes the weights of the parts of linear layers for which `make` makes an update.
  public func computeWeights(_ make: (_ part: LinearPart, _ scope: ParameterScope) -> (any WeightUpdate)?) {
    update { linear, _ in
      let updates = linear.parts.compactMap { part in
        make(part, scope(part.path)).map { (rows: part.rows, update: $0) }
      }
      return updates.isEmpty ? nil : ComputedWeight(updates)
    }
  }

  /// Inserts at each site the module that `make` makes for it, if any.
  public func insert(_ make: (_ site: Site, _ scope: ParameterScope) -> (any Insertion)?) {
    for site in towers.flatMap(\.sites) { site.insertion = make(site, scope(site.path)) }
  }

  // MARK: What became of the model

  /// Everything that was added, in the order of construction.
  public var added: [Parameter] { store.parameters.filter { !own.contains($0.path) } }

  /// What trains in the towers and in what was added: the head is apart.
  public var tuned: [Parameter] {
    let head = Set(self.head.map(\.path))
    return store.trainable.filter { !head.contains($0.path) }
  }

  /// What a file must hold to bring the tuned model back: all that trains, the head included, and what was kept.
  public var saved: [Parameter] { store.parameters.filter { $0.isTrainable || kept[$0.path] != nil } }

  /// What does not train and was kept nevertheless.
  public var frozenKept: [Parameter] {
    store.parameters.filter { !$0.isTrainable && kept[$0.path] != nil }
  }

  /// What is wrong with what was kept, in a few words; nil where nothing is.
  public var keptProblem: String? {
    store.parameters.lazy.compactMap { parameter in
      self.kept[parameter.path]?(parameter.value).map { "\(parameter.path) \($0)" }
    }.first
  }

  /// Of the model's own, head included: what trains.
  public var ownTrained: [Parameter] { store.trainable.filter { own.contains($0.path) } }

  /// Whether the image tower computes what it did before, so that its features never change while training.
  public var leavesImagesAlone: Bool { towers.allSatisfy { $0.kind != .vision || !changes($0) } }

  /// Whether something of a tower trains or was added to it, before its embedding.
  public func changes(_ tower: any AdaptableTower) -> Bool {
    tower.ownParameters.contains { $0.parameter.isTrainable }
      || tower.linears.contains { $0.update != nil }
      || tower.sites.contains { $0.insertion != nil && $0.point != .embedding }
      || (tower as? any PromptableTower).map { !$0.prompts.isEmpty || $0.readout != nil } ?? false
  }

  /// Removes everything that was added, puts back what has changed, and lets nothing train.
  public func detach() {
    headModule = nil
    for tower in towers {
      for linear in tower.linears { linear.update = nil }
      for site in tower.sites { site.insertion = nil }
      guard let tower = tower as? any PromptableTower else { continue }
      tower.prompts = [:]
      tower.readout = nil
    }
    store.remove(Set(added.map(\.path)))
    for parameter in store.parameters {
      if let value = start[parameter.path] { parameter.assign(value) }
      parameter.isTrainable = false
    }
  }
}

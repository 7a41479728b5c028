import CLIPCore
import NN
import TensorCore

extension OptimizerSettings {
  /// Lets parameters of frozen groups train no longer.
  ///
  /// Throws where a group fits no trained parameter, or there are groups and a parameter fits none.
  public func freeze(_ classifier: ImageClassifier) throws(TrainingError) {
    let parameters = classifier.store.trainable
    try requireFit(parameters)
    for parameter in parameters where group(of: parameter)?.frozen == true { parameter.isTrainable = false }
  }

  /// What each of a classifier's trained parameters is in training: its group's, the head's, or its layer's rate, and its
  /// decay. The head is what is counted as such, the projection included. `l2Sp` is how strongly they are held to where they began: the model's own
  /// to what it was before fine-tuning.
  public func trained(_ classifier: ImageClassifier, l2Sp: Float = 0) -> [TrainedParameter] {
    let layers = layerDecay == 1 ? nil : LayerDepths(classifier)
    let head = Set(classifier.headParameters.map(\.path))
    let start = classifier.adaptation?.start ?? [:]
    return classifier.store.trainable.map { parameter in
      let group = group(of: parameter)
      let own = group?.lr ?? (head.contains(parameter.path) ? headLr : nil)
      let layer = layers.map { Self.power(layerDecay, $0.layersAbove(parameter.path)) } ?? 1
      return TrainedParameter(
        parameter, rateFactor: (own.map { $0 / lr } ?? layer) * parameter.rateFactor,
        weightDecay: group?.weightDecay ?? (decay.decays(parameter) ? weightDecay : 0),
        anchor: l2Sp > 0
          ? .init(value: start[parameter.path] ?? parameter.value.copy(), strength: l2Sp) : nil,
        origin: rule.holdsToOrigin ? start[parameter.path] ?? Self.neutral(parameter) : nil)
    }
  }

  /// What an added parameter is held to: matrices to 0, as AdamSPD's authors hold LoRA's, scales and shifts to where they
  /// begin.
  private static func neutral(_ parameter: Parameter) -> Tensor? {
    parameter.shape.count > 1 ? nil : parameter.value.copy()
  }

  /// Whether anything of a classifier moves: is trained, and at a rate above 0. Throws where groups, or the head's rate, see to
  /// it that nothing does.
  public func movesAnything(of classifier: ImageClassifier) throws(TrainingError) -> Bool {
    guard !trained(classifier).contains(where: { $0.rateFactor > 0 }) else { return true }
    // With groups, the method trains what they fit.
    guard groups.isEmpty, classifier.store.trainable.isEmpty else {
      throw .badValue(
        groups.isEmpty ? "optimizer.head_lr" : "optimizer.groups",
        "leaves nothing to train: all is frozen or has a rate of 0; let something train")
    }
    return false
  }

  private func group(of parameter: Parameter) -> ParameterGroup? {
    groups.first { $0.matches(parameter.path) }
  }

  private static func power(_ base: Float, _ exponent: Int) -> Float {
    (0..<exponent).reduce(Float(1)) { product, _ in product * base }
  }

  private func requireFit(_ parameters: [Parameter]) throws(TrainingError) {
    guard !groups.isEmpty else { return }
    func listed(_ names: [String]) -> String {
      names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
    }
    for (index, group) in groups.enumerated() where !parameters.contains(where: { group.matches($0.path) }) {
      throw .badValue(
        "optimizer.groups.\(index).pattern",
        "is \(group.pattern), which fits no parameter that trains; they are \(listed(parameters.map(\.path)))"
      )
    }
    let unmatched = parameters.map(\.path).filter { name in !groups.contains { $0.matches(name) } }
    guard unmatched.isEmpty else {
      throw .badValue(
        "optimizer.groups",
        "has no pattern that fits \(listed(unmatched)); add one, such as * for all others")
    }
  }
}

/// How many layers lie above a parameter, as timm counts a vision transformer's: embeddings with the norm before the
/// blocks, then the blocks, the last with the norm after it, and the head with the projection.
private struct LayerDepths {
  /// Beginnings of paths of what a method may add to.
  private var places: [(prefix: String, above: Int)] = []
  private var own: [String: Int] = [:]

  init(_ classifier: ImageClassifier) {
    for tower in classifier.adaptation?.towers ?? [] {
      for placed in tower.ownParameters {
        own[placed.parameter.path] = Self.layersAbove(placed.place, depth: tower.depth)
      }
      for linear in tower.linears {
        places.append((linear.path, Self.layersAbove(linear.place, depth: tower.depth)))
      }
      for site in tower.sites { places.append((site.path, Self.layersAbove(site, depth: tower.depth))) }
    }
  }

  private static func layersAbove(_ place: Place, depth: Int) -> Int {
    if let block = place.block { return depth - block }
    switch place.role {
    case .finalNorm: return 1
    case .projection: return 0
    default: return depth + 1
    }
  }

  private static func layersAbove(_ site: Site, depth: Int) -> Int {
    if let block = site.block { return depth - block }
    switch site.point {
    case .patchEmbedding: return depth + 1
    case .finalNorm: return 1
    default: return 0
    }
  }

  func layersAbove(_ path: String) -> Int {
    own[path] ?? places.first { path.hasPrefix($0.prefix) }?.above ?? 0
  }
}

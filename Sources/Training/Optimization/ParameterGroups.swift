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
  /// decay. `l2Sp` is how strongly they are held to where they began: the model's own
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
        anchor: l2Sp > 0 ? .init(value: start[parameter.path] ?? parameter.value.copy(), strength: l2Sp) : nil
      )
    }
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
    for group in groups where !parameters.contains(where: { group.matches($0.path) }) {
      throw .badSetting(
        "optimizer.groups: \(group.pattern) fits no parameter that trains; they are "
          + "\(listed(parameters.map(\.path))).")
    }
    let unmatched = parameters.map(\.path).filter { name in !groups.contains { $0.matches(name) } }
    guard unmatched.isEmpty else {
      throw .badSetting(
        "optimizer.groups: no pattern fits \(listed(unmatched)); add one, such as * for all others.")
    }
  }
}

/// How many layers lie above a parameter: embeddings below the blocks, then the blocks, and the last norm and the head above
/// them, as timm counts a vision transformer's.
private struct LayerDepths {
  /// Beginnings of paths, and the block that they lie in.
  private var blocks: [(prefix: String, block: Int)] = []
  /// Beginnings of paths of a tower, and its number of blocks.
  private var towers: [(prefix: String, depth: Int)] = []
  private var above: [String: Int] = [:]

  init(_ classifier: ImageClassifier) {
    for tower in classifier.adaptation?.towers ?? [] {
      towers.append((tower.path, tower.depth))
      for placed in tower.ownParameters {
        above[placed.parameter.path] = layersAbove(placed.place, depth: tower.depth)
      }
      for linear in tower.linears {
        if let block = linear.place.block { blocks.append((linear.path, tower.depth - block)) }
      }
      for site in tower.sites {
        if let block = site.block { blocks.append((site.path, tower.depth - block)) }
      }
    }
  }

  private func layersAbove(_ place: Place, depth: Int) -> Int {
    if let block = place.block { return depth - block }
    return place.role == .finalNorm || place.role == .projection ? 0 : depth + 1
  }

  func layersAbove(_ path: String) -> Int {
    above[path] ?? blocks.first { path.hasPrefix($0.prefix) }?.block ?? 0
  }
}

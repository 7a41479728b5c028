import Foundation

/// How gradients change weights.
public struct OptimizerSettings: Codable, Sendable, Equatable {
  public var name: OptimizerName
  /// Learning rate at its peak.
  public var lr: Float
  public var weightDecay: Float
  public var decay: WeightDecayScope
  /// Of AdamW and AdamSPD.
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float
  /// Of SGD.
  public var momentum: Float
  /// Largest norm of the whole gradient; nil does not clip.
  @OrNull public var clipNorm: Float?
  /// What the rate is multiplied by from a layer to the one before it (BEiT's, as timm counts layers); 1 changes nothing.
  public var layerDecay: Float
  /// The learning rate of the head, which is class weights, bias and the projection before them; nil is that of everything
  /// else. One for class weights alone is a group's: `classification_head.*`.
  @OrNull public var headLr: Float?
  /// The first whose pattern fits a parameter's name holds for it. With any, every trained parameter must fit one.
  public var groups: [ParameterGroup]

  public init(
    name: OptimizerName = .adamW, lr: Float, weightDecay: Float, decay: WeightDecayScope = .all,
    beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, momentum: Float = 0.9,
    clipNorm: Float? = 1, layerDecay: Float = 1, headLr: Float? = nil, groups: [ParameterGroup] = []
  ) {
    self.name = name
    self.lr = lr
    self.weightDecay = weightDecay
    self.decay = decay
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.momentum = momentum
    _clipNorm = OrNull(wrappedValue: clipNorm)
    self.layerDecay = layerDecay
    _headLr = OrNull(wrappedValue: headLr)
    self.groups = groups
  }
}

/// The optimisers, by name.
public enum OptimizerName: String, Codable, Sendable, CaseIterable {
  case adamW = "adamw"
  case adamSPD = "adamspd"
  case sgd
}

/// What is different for parameters whose names fit a pattern.
public struct ParameterGroup: Codable, Sendable, Equatable {
  /// With `*` for any text: `visual.*.ln_*`.
  public var pattern: String
  /// Learning rate; nil is the optimiser's, with its layer-wise decay.
  @OrNull public var lr: Float?
  /// Weight decay; nil is the optimiser's.
  @OrNull public var weightDecay: Float?
  /// Whether they stay as they are.
  public var frozen: Bool

  public init(pattern: String, lr: Float? = nil, weightDecay: Float? = nil, frozen: Bool = false) {
    self.pattern = pattern
    _lr = OrNull(wrappedValue: lr)
    _weightDecay = OrNull(wrappedValue: weightDecay)
    self.frozen = frozen
  }

  private enum CodingKeys: String, CodingKey {
    case pattern, lr, weightDecay, frozen
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      pattern: try container.decode(String.self, forKey: .pattern),
      lr: try container.decodeIfPresent(Float.self, forKey: .lr),
      weightDecay: try container.decodeIfPresent(Float.self, forKey: .weightDecay),
      frozen: try container.decodeIfPresent(Bool.self, forKey: .frozen) ?? false)
  }

  /// Whether a parameter's name fits the pattern.
  public func matches(_ name: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard let first = parts.first, parts.count > 1 else { return name == pattern }
    var rest = Substring(name)
    guard rest.hasPrefix(first) else { return false }
    rest = rest.dropFirst(first.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = rest.range(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return rest.hasSuffix(parts[parts.count - 1])
  }
}

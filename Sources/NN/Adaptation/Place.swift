import TensorCore

/// One of the two towers of a CLIP.
public enum TowerKind: String, Sendable, Codable, CaseIterable {
  case vision, text
}

/// What a layer does in its tower.
public enum LayerRole: String, Sendable, CaseIterable {
  case patchEmbedding, tokenEmbedding, classEmbedding, positionalEmbedding
  case preNorm, norm1, norm2, finalNorm
  /// The packed query, key and value projection.
  case qkv
  case attentionOutput, fc1, fc2
  /// Into the space that images and texts share; of the text tower only, as the image tower's belongs to the head.
  case projection

  public var isNorm: Bool { [.preNorm, .norm1, .norm2, .finalNorm].contains(self) }
}

/// Where a layer stands in a model.
public struct Place: Sendable, Hashable {
  public let tower: TowerKind
  /// From 0; nil outside the blocks.
  public let block: Int?
  public let role: LayerRole

  public init(_ tower: TowerKind, block: Int? = nil, _ role: LayerRole) {
    self.tower = tower
    self.block = block
    self.role = role
  }
}

/// One of a tower's own parameters, and where it stands.
public struct PlacedParameter {
  public enum Kind: Sendable {
    /// A matrix, a kernel, a norm's scale, or an embedding.
    case weight
    /// What is added: of a linear layer or a norm.
    case bias
  }

  public let parameter: Parameter
  public let place: Place
  public let kind: Kind

  public init(_ parameter: Parameter, _ place: Place, _ kind: Kind = .weight) {
    self.parameter = parameter
    self.place = place
    self.kind = kind
  }
}

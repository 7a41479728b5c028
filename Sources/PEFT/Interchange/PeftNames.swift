import NN

/// Names of modules as Hugging Face's peft knows them in transformers' CLIP.
enum PeftNames {
  /// Before every name in an adapter's file.
  static let prefix = "base_model.model."

  /// `vision_model.encoder.layers.0.self_attn.q_proj`
  static func name(of target: LinearTarget, block: Int?, tower: TowerKind) -> String? {
    guard let block else { return nil }
    let layer = "\(tower.rawValue)_model.encoder.layers.\(block)"
    return switch target {
    case .query, .key, .value: "\(layer).self_attn.\(target.rawValue)_proj"
    case .output: "\(layer).self_attn.out_proj"
    case .fc1, .fc2: "\(layer).mlp.\(target.rawValue)"
    }
  }

  static func name(of part: LinearPart) -> String? {
    name(of: part.target, block: part.linear.place.block, tower: part.linear.place.tower)
  }

  static func name(of norm: LayerNorm) -> String? {
    let tower = "\(norm.place.tower.rawValue)_model"
    return switch (norm.place.role, norm.place.block) {
    case (.norm1, let block?): "\(tower).encoder.layers.\(block).layer_norm1"
    case (.norm2, let block?): "\(tower).encoder.layers.\(block).layer_norm2"
    // As transformers spells it.
    case (.preNorm, _): "\(tower).pre_layrnorm"
    case (.finalNorm, _):
      norm.place.tower == .vision ? "\(tower).post_layernorm" : "\(tower).final_layer_norm"
    default: nil
    }
  }
}

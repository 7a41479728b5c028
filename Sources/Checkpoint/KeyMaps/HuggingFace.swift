import TensorCore

/// The names of Hugging Face's `CLIPModel`: query, key and value apart, projections transposed.
public enum HuggingFaceKeyMap: KeyMap {
  public static let name = "huggingface"

  /// Tensors outside the blocks: canonical name, name here. Both projections are matrices stored transposed.
  private static let plain: [(canonical: String, here: String)] = [
    ("visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight"),
    ("visual.class_embedding", "vision_model.embeddings.class_embedding"),
    ("visual.positional_embedding", "vision_model.embeddings.position_embedding.weight"),
    ("visual.ln_pre.weight", "vision_model.pre_layrnorm.weight"),
    ("visual.ln_pre.bias", "vision_model.pre_layrnorm.bias"),
    ("visual.ln_post.weight", "vision_model.post_layernorm.weight"),
    ("visual.ln_post.bias", "vision_model.post_layernorm.bias"),
    ("token_embedding.weight", "text_model.embeddings.token_embedding.weight"),
    ("positional_embedding", "text_model.embeddings.position_embedding.weight"),
    ("ln_final.weight", "text_model.final_layer_norm.weight"),
    ("ln_final.bias", "text_model.final_layer_norm.bias"),
    ("logit_scale", "logit_scale"),
  ]
  private static let transposed: [(canonical: String, here: String)] = [
    ("visual.proj", "visual_projection.weight"),
    ("text_projection", "text_projection.weight"),
  ]
  private static let blocks: [(canonical: String, here: String)] = [
    ("visual.transformer.resblocks.", "vision_model.encoder.layers."),
    ("transformer.resblocks.", "text_model.encoder.layers."),
  ]
  /// Modules of a block, each with a weight and a bias.
  private static let modules: [(canonical: String, here: String)] = [
    ("attn.out_proj", "self_attn.out_proj"), ("ln_1", "layer_norm1"), ("ln_2", "layer_norm2"),
    ("mlp.c_fc", "mlp.fc1"), ("mlp.c_proj", "mlp.fc2"),
  ]
  /// The packed projection, and what it is packed from, in order.
  private static let packed = "in_proj_"
  private static let unpacked = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]

  private static let toCanonicalName = Dictionary(uniqueKeysWithValues: plain.map { ($0.here, $0.canonical) })
  private static let fromCanonicalName = Dictionary(
    uniqueKeysWithValues: plain.map { ($0.canonical, $0.here) })

  public static func matches(_ names: [String]) -> Bool {
    names.contains {
      let name = Wrappers.stripped($0)
      return name.hasPrefix("vision_model.") || name.hasPrefix("text_model.")
    }
  }

  public static func canonicalName(of name: String) -> String? {
    if name.hasSuffix(".position_ids") { return nil }
    if let place = Place(name, prefixes: blocks.map { ($0.here, $0.canonical) }) {
      return canonicalName(of: place)
    }
    return toCanonicalName[name] ?? transposed.first { $0.here == name }?.canonical ?? name
  }

  private static func canonicalName(of place: Place) -> String {
    if unpacked.contains(place.module) { return "\(place.target)attn.\(packed)\(place.parameter)" }
    guard let (canonical, _) = modules.first(where: { $0.here == place.module }) else { return place.name }
    return "\(place.target)\(canonical).\(place.parameter)"
  }

  public static func toCanonical(_ state: StateDict) throws(CheckpointError) -> StateDict {
    var result = StateDict(metadata: state.metadata)
    for (name, tensor) in state {
      guard let canonical = canonicalName(of: name) else { continue }
      if transposed.contains(where: { $0.here == name }) {
        result[canonical] = try transpose(tensor, name)
      } else if let place = Place(name, prefixes: blocks.map { ($0.here, $0.canonical) }),
        unpacked.contains(place.module)
      {
        if !result.contains(canonical) { result[canonical] = try packedTensor(place, tensor, of: state) }
      } else {
        result[canonical] = tensor
      }
    }
    return result.withScalarLogitScale()
  }

  public static func fromCanonical(_ state: StateDict) throws(CheckpointError) -> StateDict {
    var result = StateDict(metadata: state.metadata)
    // Readers of this layout insist on being told whose tensors these are.
    result.metadata["format"] = "pt"
    var unknown: [String] = []
    for (name, tensor) in state {
      if let here = fromCanonicalName[name] {
        result[here] = tensor
      } else if let (_, here) = transposed.first(where: { $0.canonical == name }) {
        result[here] = try transpose(tensor, name)
      } else if let place = Place(name, prefixes: blocks.map { ($0.canonical, $0.here) }),
        addFromCanonical(place, tensor, to: &result)
      {
        continue
      } else {
        unknown.append(name)
      }
    }
    guard unknown.isEmpty else {
      throw .unmappable(scheme: name, names: unknown, problem: "the layout has no place for these tensors")
    }
    return result
  }

  /// A name within a block, cut into what the schemes call differently.
  private struct Place {
    let name: String
    /// The block in the scheme the name is of, and in the other: `…layers.3.`.
    let source: String
    let target: String
    /// The rest of the name: module and parameter.
    let module: String
    let parameter: String

    init?(_ name: String, prefixes: [(source: String, target: String)]) {
      guard let (source, target) = prefixes.first(where: { name.hasPrefix($0.source) }) else { return nil }
      let rest = name.dropFirst(source.count)
      guard let afterIndex = rest.firstIndex(of: "."), let beforeParameter = rest.lastIndex(of: "."),
        afterIndex < beforeParameter
      else { return nil }
      let index = rest[...afterIndex]
      self.name = name
      self.source = source + index
      self.target = target + index
      module = String(rest[rest.index(after: afterIndex)..<beforeParameter])
      parameter = String(rest[rest.index(after: beforeParameter)...])
    }
  }

  /// Query, key and value, of which `tensor` is one, stacked.
  private static func packedTensor(
    _ place: Place, _ tensor: Tensor, of state: StateDict
  ) throws(CheckpointError) -> Tensor {
    let names = unpacked.map { "\(place.source)\($0).\(place.parameter)" }
    let parts = names.compactMap { state[$0] }
    guard parts.count == 3, parts.allSatisfy({ $0.shape == tensor.shape }),
      let stacked = Tensor.stacked(parts)
    else {
      throw .unmappable(scheme: name, names: names, problem: "all three must be there, and of one shape")
    }
    return stacked
  }

  private static func addFromCanonical(_ place: Place, _ tensor: Tensor, to result: inout StateDict) -> Bool {
    if let (_, here) = modules.first(where: { $0.canonical == place.module }) {
      result["\(place.target)\(here).\(place.parameter)"] = tensor
      return true
    }
    guard place.module == "attn", place.parameter.hasPrefix(packed), let parts = tensor.split(into: 3) else {
      return false
    }
    let parameter = place.parameter.dropFirst(packed.count)
    for (part, module) in zip(parts, unpacked) { result["\(place.target)\(module).\(parameter)"] = part }
    return true
  }

  private static func transpose(_ tensor: Tensor, _ name: String) throws(CheckpointError) -> Tensor {
    guard let result = tensor.transposed() else {
      throw .unmappable(scheme: self.name, names: [name], problem: "a projection must be a matrix")
    }
    return result
  }
}

import TensorCore

/// What training programs put around the names of a model, and beside its tensors.
enum Wrappers {
  /// Left anywhere in a name by compilation, by training on several devices, and by saving activations.
  private static let anywhere: Set<String> = [
    "_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module",
  ]
  /// The attributes in which models are kept by those that use them, as components before a name; nested in any order.
  private static let outer: Set<String> = [
    "model", "clip", "clip_model", "image_encoder", "state_dict", "model_state_dict", "net", "network",
    "backbone",
    "base_model",
  ]
  /// Counters that averages of weights and training loops keep among the weights: none is a parameter.
  private static let counters: Set<String> = [
    "n_averaged", "num_updates", "num_batches_tracked", "initted", "step", "global_step", "epoch", "decay",
  ]

  /// A name without what is put around it.
  static func stripped(_ name: String) -> String {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let plain = parts.filter { !anywhere.contains($0) }
    // The last part is always a parameter's own name.
    let start = plain.dropLast().firstIndex { !outer.contains($0) } ?? max(0, plain.count - 1)
    return plain[start...].joined(separator: ".")
  }

  /// The state under plain names, without counters. Throws where two tensors would share a name.
  static func removed(from state: StateDict) throws(CheckpointError) -> StateDict {
    let kept = try kept(of: state.names) { state[$0]?.count }
    return try state.filter(Set(kept).contains).renamed(stripped)
  }

  /// The names of tensors that are no counters. Throws where two would share a plain name.
  static func kept(
    of names: [String], elements: (String) -> Int?
  ) throws(CheckpointError) -> [String] {
    var seen: [String: String] = [:]
    for name in names {
      guard let other = seen.updateValue(name, forKey: stripped(name)) else { continue }
      throw .unmappable(
        scheme: "Wrapped", names: [other, name],
        problem:
          "two tensors are one parameter by their names, such as weights and their average; keep one of them")
    }
    return names.filter { !isCounter($0, elements: elements($0)) }
  }

  private static func isCounter(_ name: String, elements: Int?) -> Bool {
    guard let elements, elements <= 1 else { return false }
    return counters.contains(String(stripped(name).split(separator: ".").last ?? ""))
  }
}

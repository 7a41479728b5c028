import TensorCore

/// OpenAI's and open_clip's names: canonical but for wrappers around them and what is no parameter.
public enum OpenCLIPKeyMap: KeyMap {
  public static let name = "open_clip"

  /// What is no parameter: facts that OpenAI's files store among them, which the shapes say as well, and the causal mask
  /// that pickled models keep.
  private static let constants: Set<String> = [
    "input_resolution", "context_length", "vocab_size", "attn_mask",
  ]
  /// Where open_clip keeps the text tower as a module of its own.
  private static let textPrefix = "text."

  public static func matches(_ names: [String]) -> Bool {
    names.contains {
      let name = withoutPrefix($0)
      return name.hasPrefix("visual.") || name.hasPrefix("transformer.resblocks.")
    }
  }

  public static func canonicalName(of name: String) -> String? {
    let plain = withoutPrefix(name)
    return constants.contains(plain) ? nil : plain
  }

  public static func toCanonical(_ state: StateDict) throws(CheckpointError) -> StateDict {
    try state.filter { canonicalName(of: $0) != nil }
      .renamed(withoutPrefix)
      .withScalarLogitScale()
  }

  public static func fromCanonical(_ state: StateDict) throws(CheckpointError) -> StateDict { state }

  private static func withoutPrefix(_ name: String) -> String {
    let name = Wrappers.stripped(name)
    return name.hasPrefix(textPrefix) ? String(name.dropFirst(textPrefix.count)) : name
  }
}

extension StateDict {
  /// Some versions store the logit scale and bias as a vector of one.
  func withScalarLogitScale() -> StateDict {
    var result = self
    for name in ["logit_scale", "logit_bias"] {
      if let tensor = self[name], tensor.count == 1 { result[name] = tensor.reshaped([]) }
    }
    return result
  }
}

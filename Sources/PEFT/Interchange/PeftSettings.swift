import Checkpoint
import Foundation

/// What an adapter's `adapter_config.json` says, as far as it changes numbers.
struct PeftSettings {
  let type: String
  private let object: [String: JSONValue]
  private let file: String

  /// Settings that change no number of a trained adapter, or are read below.
  private static let free: Set<String> = [
    "peft_type", "task_type", "auto_mapping", "base_model_name_or_path", "revision", "inference_mode",
    "peft_version", "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern",
    "modules_to_save",
    "r", "lora_dropout", "ensure_weight_tying", "runtime_config", "eva_config", "corda_config",
    "lora_ga_config",
    "loftq_config", "target_parameters", "trainable_token_indices", "fan_in_fan_out",
  ]
  private static let byType: [String: KnownKeys] = [
    "LORA": KnownKeys(
      free: free.union([
        "lora_alpha", "use_rslora", "use_dora", "rank_pattern", "alpha_pattern", "init_lora_weights",
      ]),
      fixed: [
        "bias": .text("none"), "lora_bias": .bool(false), "use_qalora": .bool(false),
        "qalora_group_size": .number(16),
        "megatron_core": .text("megatron.core"), "alora_invocation_tokens": .null,
      ]),
    "VERA": KnownKeys(
      free: free.union([
        "projection_prng_key", "save_projection", "vera_dropout", "d_initial", "init_weights",
      ]),
      fixed: ["bias": .text("none")]),
    "IA3": KnownKeys(free: free.union(["feedforward_modules", "init_ia3_weights"])),
    "OFT": KnownKeys(
      free: free.union([
        "oft_block_size", "use_cayley_neumann", "num_cayley_neumann_terms", "module_dropout", "init_weights",
        "eps",
      ]),
      fixed: ["bias": .text("none"), "coft": .bool(false), "block_share": .bool(false)]),
    "HIRA": KnownKeys(
      free: free.union(["hira_dropout", "init_weights"]), fixed: ["rank_pattern": .object([:])]),
    "DELORA": KnownKeys(
      free: free.union(["delora_lambda", "module_dropout", "init_weights"]), fixed: ["bias": .text("none")]),
    "RANDLORA": KnownKeys(
      free: free.union([
        "randlora_alpha", "projection_prng_key", "save_projection", "randlora_dropout", "init_weights",
      ]), fixed: ["bias": .text("none"), "sparse": .bool(false), "very_sparse": .bool(false)]),
    "LN_TUNING": KnownKeys(free: free),
  ]

  init(_ url: URL) throws(CheckpointError) {
    file = url.path
    let data = try InputFile.read(url)
    guard let object = (try? JSONDecoder().decode(JSONValue.self, from: data))?.object,
      let type = object["peft_type"]?.text
    else { throw .malformed(file: file, problem: "it is no configuration of a peft adapter") }
    self.object = object
    self.type = type
    guard let known = Self.byType[type] else {
      throw .malformed(
        file: file,
        problem:
          "adapters of type \(type) cannot be read; merge it with peft's merge_and_unload(), or use one of "
          + Self.byType.keys.sorted().joined(separator: ", "))
    }
    if let problem = known.problem(in: object) { throw .malformed(file: file, problem: problem) }
    if object["fan_in_fan_out"] == .bool(true) {
      throw .malformed(file: file, problem: "fan_in_fan_out is true, but CLIP's layers are [out, in]")
    }
  }

  func number(_ key: String, _ fallback: Double) -> Double {
    if case .number(let value)? = object[key] { value } else { fallback }
  }

  func flag(_ key: String, _ fallback: Bool = false) -> Bool {
    if case .bool(let value)? = object[key] { value } else { fallback }
  }

  func text(_ key: String) -> String? { object[key]?.text }

  /// A number that a pattern may give a module for itself, as peft finds it: by the expression that ends its name. Throws
  /// where one cannot be read, or two say different things, of which peft takes the one that was written first.
  func number(
    _ key: String, pattern: String, _ module: String, _ fallback: Double
  ) throws(CheckpointError) -> Double {
    var found: Set<Double> = []
    for (expression, value) in object[pattern]?.object ?? [:] {
      guard case .number(let number) = value, let regex = try? Regex("(.*\\.)?(\(expression))") else {
        throw .malformed(
          file: file, problem: "\(pattern) has \"\(expression)\": \(value.summary), which cannot be read")
      }
      do {
        if try regex.wholeMatch(in: module) != nil { found.insert(number) }
      } catch {
        throw .malformed(
          file: file, problem: "\(pattern) has \"\(expression)\", which cannot be matched (\(error))")
      }
    }
    guard found.count < 2 else {
      throw .malformed(file: file, problem: "\(pattern) gives \(module) several numbers")
    }
    return found.first ?? number(key, fallback)
  }
}

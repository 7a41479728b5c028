import Checkpoint

/// The keys of transformers' `config.json` for a CLIP.
///
/// transformers writes many keys that every model of its has and that change nothing a CLIP computes: how texts are
/// generated, names of classes, types for loading, and what only training from scratch uses.
enum HuggingFaceKeys {
  private static let everywhere: Set<String> = [
    "model_type", "architectures", "transformers_version", "_name_or_path", "_commit_hash", "name_or_path",
    "torch_dtype",
    "dtype", "torchscript", "use_bfloat16", "tf_legacy_loss", "tie_word_embeddings", "tie_encoder_decoder",
    "return_dict", "output_hidden_states", "output_attentions", "use_return_dict", "use_cache",
    "gradient_checkpointing", "chunk_size_feed_forward", "attn_implementation", "_attn_implementation",
    "_attn_implementation_autoset", "_attn_implementation_internal", "initializer_factor",
    "initializer_range",
    "attention_dropout", "dropout", "hidden_dropout", "projection_dim", "problem_type", "id2label",
    "label2id",
    "num_labels", "finetuning_task", "task_specific_params", "tokenizer_class", "prefix", "bos_token_id",
    "pad_token_id", "sep_token_id", "eos_token_id", "decoder_start_token_id", "cross_attention_hidden_size",
    "max_length", "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups",
    "diversity_penalty",
    "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "length_penalty",
    "no_repeat_ngram_size",
    "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences", "output_scores",
    "return_dict_in_generate", "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values",
    "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens",
  ]
  private static let fixed: [String: JSONValue] = [
    "is_encoder_decoder": .bool(false), "is_decoder": .bool(false), "add_cross_attention": .bool(false),
  ]
  private static let shared: Set<String> = [
    "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "hidden_act",
    "layer_norm_eps",
  ]
  private static let root = KnownKeys(
    free: everywhere.union([
      "text_config", "vision_config", "text_config_dict", "vision_config_dict", "logit_scale_init_value",
    ]), fixed: fixed)
  private static let text = KnownKeys(
    free: everywhere.union(shared).union(["vocab_size", "max_position_embeddings"]), fixed: fixed)
  private static let vision = KnownKeys(
    free: everywhere.union(shared).union(["image_size", "patch_size", "num_channels"]), fixed: fixed)

  /// What is wrong with the keys, in a few words; nil where all are understood.
  static func problem(in config: [String: JSONValue]) -> String? {
    if config["quantization_config"].map({ !$0.isEmpty }) ?? false {
      return "quantization_config says that its weights are quantised, which this program does not read; "
        + "load and save the model without quantisation"
    }
    if config["auto_map"].map({ !$0.isEmpty }) ?? false {
      return
        "auto_map names code of its own, which this program does not run; use a model that transformers' "
        + "CLIPModel reads"
    }
    if let problem = root.problem(in: config) { return problem }
    for (key, known) in [
      ("text_config", text), ("vision_config", vision), ("text_config_dict", text),
      ("vision_config_dict", vision),
    ] {
      if let tower = config[key]?.object, let problem = known.problem(in: tower, under: key + ".") {
        return problem
      }
    }
    return nil
  }
}

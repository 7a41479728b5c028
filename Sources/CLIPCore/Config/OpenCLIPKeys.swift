import Checkpoint

/// The keys of an `open_clip_config.json`: those that are read, those that change nothing a plain CLIP computes, and
/// those that only may have the value that means what this program does.
enum OpenCLIPKeys {
  /// Custom attention blocks, off unless a key says otherwise; and layers with options.
  private static let block: [String: JSONValue] = [
    "ls_init_value": .null, "block_type": .text("default"), "qk_norm": .bool(false),
    "scaled_cosine_attn": .bool(false), "scale_heads": .bool(false), "scale_attn_inner": .bool(false),
    "scale_attn": .bool(false), "scale_fc": .bool(false), "act_kwargs": .null,
  ]
  private static let root = KnownKeys(free: ["model_cfg", "preprocess_cfg"])
  private static let model = KnownKeys(
    free: [
      "embed_dim", "vision_cfg", "text_cfg", "quick_gelu", "custom_text", "cast_dtype", "output_dict",
      // The start of a parameter that the weights bring.
      "init_logit_scale",
    ],
    fixed: ["nonscalar_logit_scale": .bool(false), "init_logit_bias": .null, "multimodal_cfg": .null])
  private static let vision = KnownKeys(
    free: [
      "layers", "width", "patch_size", "image_size", "head_width", "mlp_ratio", "norm_kwargs",
      // Used in training only, or only together with what is refused below.
      "patch_dropout", "output_tokens", "attn_pooler_queries", "attn_pooler_heads", "timm_model_pretrained",
      "timm_pool", "timm_proj", "timm_proj_bias", "timm_drop", "timm_drop_path",
      // The norm of one token is the same before it is taken and after.
      "final_ln_after_pool",
    ],
    fixed: block.merging([
      "attentional_pool": .bool(false), "no_ln_pre": .bool(false), "pos_embed_type": .text("learnable"),
      "pool_type": .text("tok"), "timm_model_name": .null, "input_patchnorm": .bool(false),
      "global_average_pool": .bool(false),
    ]) { $1 })
  private static let text = KnownKeys(
    free: [
      "context_length", "vocab_size", "width", "heads", "layers", "mlp_ratio", "norm_kwargs", "pool_type",
      "eos_id",
      "output_tokens", "final_ln_after_pool", "hf_model_pretrained", "hf_proj_type", "hf_pooler_type",
      "hf_mask",
      // Only with a class token of the text's own, which is refused.
      "pad_id",
    ],
    fixed: block.merging([
      "embed_cls": .bool(false), "no_causal_mask": .bool(false), "proj_bias": .bool(false),
      "proj_type": .text("linear"), "hf_model_name": .null, "hf_tokenizer_name": .null,
      "tokenizer_kwargs": .null,
      "tokenizer_mode": .null,
    ]) { $1 })
  private static let preprocessing = KnownKeys(
    free: ["mean", "std", "interpolation", "resize_mode", "size", "fill_color"], fixed: ["mode": .text("RGB")]
  )

  /// Keys of another architecture, which are refused as that.
  private static let foreign: Set<String> = [
    "timm_model_name", "ls_init_value", "no_ln_pre", "attentional_pool", "pool_type", "hf_model_name",
    "hf_tokenizer_name", "no_causal_mask", "multimodal_cfg", "embed_cls", "qk_norm", "scaled_cosine_attn",
    "scale_heads", "scale_attn_inner", "scale_attn", "scale_fc", "block_type", "pos_embed_type", "proj_type",
    "proj_bias", "input_patchnorm", "global_average_pool",
  ]

  /// What is wrong with the keys, in a few words; nil where all are understood.
  static func problem(in config: [String: JSONValue]) -> String? {
    let modelConfig = config["model_cfg"]?.object ?? [:]
    for (path, values, known) in [
      ("", config, root), ("model_cfg.", modelConfig, model),
      ("model_cfg.vision_cfg.", modelConfig["vision_cfg"]?.object ?? [:], vision),
      ("model_cfg.text_cfg.", modelConfig["text_cfg"]?.object ?? [:], text),
      ("preprocess_cfg.", config["preprocess_cfg"]?.object ?? [:], preprocessing),
    ] {
      for key in values.keys.sorted() where foreign.contains(key) && !known.free.contains(key) {
        guard let value = values[key], !value.isEmpty, value != known.fixed[key] else { continue }
        return "\(path)\(key) makes it another architecture than this program has (plain ViT CLIPs)"
      }
      if let problem = known.problem(in: values, under: path) { return problem }
      let norm = KnownKeys(free: ["eps"])
      if let problem = norm.problem(in: values["norm_kwargs"]?.object ?? [:], under: path + "norm_kwargs.") {
        return problem
      }
    }
    return nil
  }
}

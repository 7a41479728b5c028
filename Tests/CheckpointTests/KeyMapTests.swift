import Checkpoint
import TensorCore
import TestSupport
import Testing

@Suite struct KeyMapTests {
  /// Distinct numbers, so that a tensor in the wrong place shows.
  private static func numbers(_ shape: Int..., from start: Float) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { start + Float($0) }, shape: shape)
  }

  /// A CLIP of width 2 with one block a tower, under Hugging Face's names.
  private static let huggingFace: StateDict = {
    var state = StateDict()
    state["logit_scale"] = Tensor(scalar: 4.6)
    state["text_model.embeddings.position_ids"] = Tensor([Int32(0), 1], shape: [1, 2])
    state["text_model.embeddings.token_embedding.weight"] = numbers(3, 2, from: 100)
    state["text_model.embeddings.position_embedding.weight"] = numbers(2, 2, from: 200)
    state["text_model.final_layer_norm.weight"] = numbers(2, from: 300)
    state["text_model.final_layer_norm.bias"] = numbers(2, from: 310)
    state["vision_model.embeddings.class_embedding"] = numbers(2, from: 320)
    state["vision_model.embeddings.patch_embedding.weight"] = numbers(2, 3, 1, 1, from: 330)
    state["vision_model.embeddings.position_embedding.weight"] = numbers(2, 2, from: 340)
    state["vision_model.embeddings.position_ids"] = Tensor([Int32(0), 1], shape: [1, 2])
    state["vision_model.pre_layrnorm.weight"] = numbers(2, from: 350)
    state["vision_model.pre_layrnorm.bias"] = numbers(2, from: 360)
    state["vision_model.post_layernorm.weight"] = numbers(2, from: 370)
    state["vision_model.post_layernorm.bias"] = numbers(2, from: 380)
    state["visual_projection.weight"] = numbers(3, 2, from: 390)
    state["text_projection.weight"] = numbers(3, 2, from: 400)
    for (tower, base) in [("text_model", Float(1000)), ("vision_model", 2000)] {
      let layer = "\(tower).encoder.layers.0."
      // Sorted as in files: key, output, query, value.
      for (module, offset) in [("k_proj", Float(10)), ("out_proj", 40), ("q_proj", 0), ("v_proj", 20)] {
        state["\(layer)self_attn.\(module).weight"] = numbers(2, 2, from: base + offset)
        state["\(layer)self_attn.\(module).bias"] = numbers(2, from: base + offset + 4)
      }
      for (module, offset) in [
        ("layer_norm1", Float(50)), ("layer_norm2", 60), ("mlp.fc1", 70), ("mlp.fc2", 80),
      ] {
        state["\(layer)\(module).weight"] = numbers(2, from: base + offset)
        state["\(layer)\(module).bias"] = numbers(2, from: base + offset + 5)
      }
    }
    return state
  }()

  @Test func huggingFaceNamesBecomeCanonical() throws {
    let state = try KeyMapRegistry.canonical(Self.huggingFace)
    let outside = [
      "logit_scale", "token_embedding.weight", "positional_embedding", "ln_final.weight", "ln_final.bias",
      "visual.class_embedding", "visual.conv1.weight", "visual.positional_embedding", "visual.ln_pre.weight",
      "visual.ln_pre.bias", "visual.ln_post.weight", "visual.ln_post.bias", "visual.proj", "text_projection",
    ]
    let modules = ["attn.in_proj_", "attn.out_proj.", "ln_1.", "ln_2.", "mlp.c_fc.", "mlp.c_proj."]
    let inside = ["transformer.resblocks.0.", "visual.transformer.resblocks.0."].flatMap { block in
      modules.flatMap { ["\(block)\($0)weight", "\(block)\($0)bias"] }
    }
    #expect(Set(state.names) == Set(outside + inside))
    #expect(state["visual.proj"]?.shape == [2, 3])
    #expect(state["visual.proj"]?.array == [390, 392, 394, 391, 393, 395], "transposed")
    let packed = try #require(state["visual.transformer.resblocks.0.attn.in_proj_weight"])
    #expect(packed.shape == [6, 2])
    #expect(packed.array == [2000, 2001, 2002, 2003, 2010, 2011, 2012, 2013, 2020, 2021, 2022, 2023])
    #expect(
      state["transformer.resblocks.0.attn.in_proj_bias"]?.array == [1004, 1005, 1014, 1015, 1024, 1025])
    #expect(state["transformer.resblocks.0.mlp.c_proj.bias"]?.array == [1085, 1086])
  }

  @Test func thereAndBackIsTheSame() throws {
    let canonical = try HuggingFaceKeyMap.toCanonical(Self.huggingFace)
    let back = try HuggingFaceKeyMap.fromCanonical(canonical)
    let expected = Self.huggingFace.filter { !$0.hasSuffix("position_ids") }
    #expect(Set(back.names) == Set(expected.names))
    for (name, tensor) in expected {
      #expect(back[name]?.shape == tensor.shape, "\(name)")
      #expect(back[name]?.array == tensor.array, "\(name)")
    }
    #expect(back.metadata["format"] == "pt", "transformers asks for it")
  }

  @Test func halfPrecisionIsRearrangedAsItIs() throws {
    let half = Tensor(uninitialized: [2, 2], dtype: .f16)
    half.mutableBytes.copyBytes(from: [1, 2, 3, 4, 5, 6, 7, 8])
    let state: StateDict = ["text_model.x": half, "visual_projection.weight": half]
    let result = try HuggingFaceKeyMap.toCanonical(state)
    #expect(result["visual.proj"]?.dtype == .f16)
    #expect(Array(try #require(result["visual.proj"]).bytes) == [1, 2, 5, 6, 3, 4, 7, 8])
    #expect(result.contains("text_model.x"), "unknown names pass through, for the loader to report")
  }

  @Test func halfAnAttentionIsRefused() throws {
    for missing in ["q_proj", "k_proj", "v_proj"] {
      let state = Self.huggingFace.filter { !$0.contains(".\(missing).") }
      let error = #expect(throws: CheckpointError.self) { try HuggingFaceKeyMap.toCanonical(state) }
      #expect(error?.kind == .badData)
      #expect(error?.description.contains(missing) == true)
    }
    var odd = Self.huggingFace
    odd["text_model.encoder.layers.0.self_attn.k_proj.bias"] = Tensor(scalar: 1)
    #expect(throws: CheckpointError.self) { try HuggingFaceKeyMap.toCanonical(odd) }
    odd = Self.huggingFace
    for name in ["q", "k", "v"] {
      odd["text_model.encoder.layers.0.self_attn.\(name)_proj.bias"] = Tensor(scalar: 1)
    }
    #expect(throws: CheckpointError.self) { try HuggingFaceKeyMap.toCanonical(odd) }
    odd = Self.huggingFace
    odd["visual_projection.weight"] = Tensor([1.0], shape: [1])
    #expect(throws: CheckpointError.self) { try HuggingFaceKeyMap.toCanonical(odd) }
  }

  @Test func whatHuggingFaceHasNoPlaceForIsListed() throws {
    let state: StateDict = [
      "visual.layer1.0.conv1.weight": Tensor(scalar: 1),
      "visual.transformer.resblocks.0.ls_1.gamma": Tensor(scalar: 1),
      "visual.transformer.resblocks.0.attn.in_proj_bias": Tensor([1.0, 2], shape: [2]),
    ]
    let error = #expect(throws: CheckpointError.self) { try HuggingFaceKeyMap.fromCanonical(state) }
    guard case .unmappable(_, let names, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(names == state.names)
  }

  @Test func openAIFactsAndWrappersGo() throws {
    let state: StateDict = [
      "module.visual.proj": Tensor(scalar: 1), "module.logit_scale": Tensor([4.6], shape: [1]),
      "module.input_resolution": Tensor([Int32(224)], shape: []),
      "context_length": Tensor([Int32(77)], shape: []),
      "vocab_size": Tensor([Int32(9)], shape: []),
    ]
    let canonical = try KeyMapRegistry.canonical(state)
    #expect(canonical.names == ["visual.proj", "logit_scale"])
    #expect(canonical["logit_scale"]?.shape == [])
    let clash: StateDict = ["module.visual.proj": Tensor(scalar: 1), "visual.proj": Tensor(scalar: 2)]
    #expect(throws: CheckpointError.self) { try KeyMapRegistry.canonical(clash) }
  }

  @Test func aTextTowerOfItsOwnIsUnwrapped() throws {
    let state: StateDict = [
      "visual.proj": Tensor(scalar: 1), "text.positional_embedding": Tensor(scalar: 2),
      "module.text.transformer.resblocks.0.ln_1.weight": Tensor(scalar: 3),
      "text.text_projection": Tensor(scalar: 4),
    ]
    #expect(
      try KeyMapRegistry.canonical(state).names == [
        "visual.proj", "positional_embedding", "transformer.resblocks.0.ln_1.weight", "text_projection",
      ])
  }

  @Test func unknownNamesFollowNoScheme() {
    #expect(KeyMapRegistry.scheme(of: ["encoder.weight"]) == nil)
    let error = #expect(throws: CheckpointError.self) {
      try KeyMapRegistry.canonical(["encoder.weight": Tensor(scalar: 1)])
    }
    #expect(error?.description.contains("'encoder.weight'") == true)
    #expect(KeyMapRegistry.scheme(of: ["text_model.a"])?.name == "huggingface")
    #expect(KeyMapRegistry.scheme(of: ["transformer.resblocks.0.ln_1.weight"])?.name == "open_clip")
  }

  @Test func canonicalFormIsItsOwnCanonicalForm() throws {
    for scheme in KeyMapRegistry.all {
      let canonical = try HuggingFaceKeyMap.toCanonical(Self.huggingFace)
      let there = try scheme.fromCanonical(canonical)
      let isRecognised = scheme.matches(there.names)
      #expect(isRecognised)
      let back = try KeyMapRegistry.canonical(there)
      #expect(Set(back.names) == Set(canonical.names), "\(scheme.name)")
      for (name, tensor) in canonical {
        #expect(back[name]?.array == tensor.array, "\(scheme.name): \(name)")
      }
    }
  }
}

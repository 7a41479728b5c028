import Checkpoint
import TensorCore
import TestSupport
import Testing

/// Whatever training programs put around a model's names, its parameters are found, and nothing else is taken for one.
@Suite("Wrapped names")
struct WrappedNameTests {
  private let plain: StateDict = [
    "visual.conv1.weight": Tensor(scalar: 1), "visual.transformer.resblocks.0.ln_1.weight": Tensor(scalar: 2),
    "transformer.resblocks.0.ln_1.weight": Tensor(scalar: 3), "text_projection": Tensor(zeros: [2, 2]),
    "logit_scale": Tensor(scalar: 4),
  ]

  @Test(
    "Wrappers are taken off, nested in any order",
    arguments: [
      "module.", "_orig_mod.", "model.", "clip.", "image_encoder.", "state_dict.", "module._orig_mod.",
      "_orig_mod.module.model.", "model.clip_model.", "state_dict.model._orig_mod.module.",
      "net._fsdp_wrapped_module.",
    ])
  func nested(wrapper: String) throws {
    let read = try KeyMapRegistry.canonical(plain.renamed { wrapper + $0 })
    #expect(read.names == plain.names)
  }

  @Test("A compiled part of a model is found too")
  func compiledPart() throws {
    let read = try KeyMapRegistry.canonical(
      plain.renamed {
        $0.hasPrefix("visual.") ? "visual._orig_mod.module." + $0.dropFirst("visual.".count) : $0
      })
    #expect(read.names == plain.names)
  }

  @Test(
    "Wrappers are taken off transformers' names as well",
    arguments: ["clip.", "model._orig_mod.", "module.model."])
  func huggingFace(wrapper: String) throws {
    let state: StateDict = [
      "vision_model.embeddings.class_embedding": Tensor(zeros: [2]),
      "text_model.final_layer_norm.weight": Tensor(zeros: [2]), "logit_scale": Tensor(scalar: 1),
    ]
    let read = try KeyMapRegistry.canonical(state.renamed { wrapper + $0 })
    #expect(read.names == ["visual.class_embedding", "ln_final.weight", "logit_scale"])
    #expect(try KeyMapRegistry.scheme(of: state.renamed { wrapper + $0 }.names)?.name == "huggingface")
  }

  @Test("Counters of averages and training loops are no parameters, unless they are tensors of many numbers")
  func counters() throws {
    var state = try plain.renamed { "module." + $0 }
    state["n_averaged"] = Tensor([Int32(7)], shape: [])
    state["module.step"] = Tensor(scalar: 9)
    #expect(try KeyMapRegistry.canonical(state).names == plain.names)
    state["n_averaged"] = Tensor(zeros: [3])
    #expect(try KeyMapRegistry.canonical(state).names.contains("n_averaged"))
  }

  @Test("Weights and their average under one name are refused, and both named")
  func twice() throws {
    var state = plain
    state["module.logit_scale"] = Tensor(scalar: 5)
    let error = #expect(throws: CheckpointError.self) { try KeyMapRegistry.canonical(state) }
    #expect(error?.description.contains("module.logit_scale") == true)
  }

  @Test("Shards may be PyTorch's; one that holds what the index does not name is refused")
  func shards() throws {
    let folder = try TemporaryFolder()
    try PyTorchFile.write(["a": Tensor(scalar: 1), "x": Tensor(scalar: 3)], to: folder.file("m-1.bin"))
    try PyTorchFile.write(["b": Tensor(scalar: 2)], to: folder.file("m-2.bin"))
    let name = "pytorch_model.bin.index.json"
    let index = try folder.write(
      #"{"weight_map": {"a": "m-1.bin", "b": "m-2.bin", "x": "m-1.bin"}}"#, to: name)
    #expect(try TensorFormats.open(index).stateDict()["b"]?.item == 2)
    try folder.write(#"{"weight_map": {"a": "m-1.bin", "b": "m-2.bin"}}"#, to: name)
    let error = #expect(throws: CheckpointError.self) { try TensorFormats.open(index) }
    #expect(error?.description.contains("'x'") == true)
    try folder.write(#"{"weight_map": {"a": "\#(name)"}}"#, to: name)
    #expect(throws: CheckpointError.self) { try TensorFormats.open(index) }
  }
}

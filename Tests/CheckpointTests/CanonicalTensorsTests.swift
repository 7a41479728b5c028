import Checkpoint
import Foundation
import TensorCore
import TestSupport
import Testing

/// Reading and writing models tensor by tensor.
@Suite("Models tensor by tensor")
struct CanonicalTensorsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private struct Refused: Error, Equatable {}

  /// A CLIP of width 2 under canonical names, each element another number.
  private var canonical: StateDict {
    var state: StateDict = ["logit_scale": Tensor(scalar: 4.6)]
    var next: Float = 0
    func add(_ name: String, _ shape: Int...) {
      let count = shape.reduce(1, *)
      state[name] = Tensor((0..<count).map { next + Float($0) }, shape: shape)
      next += Float(count)
    }
    add("visual.class_embedding", 2)
    add("visual.conv1.weight", 2, 3, 1, 1)
    add("visual.proj", 2, 3)
    add("text_projection", 2, 3)
    add("token_embedding.weight", 5, 2)
    for block in ["visual.transformer.resblocks.0.", "transformer.resblocks.0."] {
      for name in ["attn.out_proj.", "mlp.c_fc.", "mlp.c_proj.", "ln_1."] {
        add(block + name + "weight", 2, 2)
        add(block + name + "bias", 2)
      }
      add(block + "attn.in_proj_weight", 6, 2)
      add(block + "attn.in_proj_bias", 6)
    }
    return state
  }

  private func expectSame(_ tensors: CanonicalTensors, _ expected: StateDict) throws {
    #expect(Set(tensors.names) == Set(expected.names))
    for (name, value) in expected {
      #expect(tensors.shape(of: name) == value.shape, "\(name)")
      let read = try tensors.tensor(name)
      #expect(read.shape == value.shape && storedBytes(of: read) == storedBytes(of: value), "\(name)")
    }
  }

  @Test("Under any names, in any format, wrapped or not, tensors are what they are where all are read")
  func reading() throws {
    for scheme in KeyMapRegistry.all {
      let stored = try scheme.fromCanonical(canonical)
      let wrapped = try stored.renamed { "module.model.\($0)" }.merging([
        "module.n_averaged": Tensor([Int32(3)], shape: [])
      ])
      for state in [stored, wrapped] {
        let files = [folder.file("a.safetensors"), folder.file("a.pt")]
        try SafetensorsFile.write(state, to: files[0])
        try PyTorchFile.write(state, to: files[1])
        for file in files {
          let opened = try TensorFormats.open(file)
          try expectSame(CanonicalTensors(opened), canonical)
          try expectSame(CanonicalTensors(opened), KeyMapRegistry.canonical(opened.stateDict()))
        }
      }
    }
  }

  @Test("What is written tensor by tensor is what is written at once, and each is asked for once")
  func writing() throws {
    for scheme in KeyMapRegistry.all {
      let (whole, single) = (folder.file("whole.safetensors"), folder.file("single.safetensors"))
      let state = canonical
      var stored = try scheme.fromCanonical(state)
      stored.metadata["origin"] = "here"
      try SafetensorsFile.write(stored, to: whole)
      var asked: [String] = []
      try scheme.write(state.map { ($0.name, $0.tensor.shape) }, metadata: ["origin": "here"], to: single) {
        asked.append($0)
        return try #require(state[$0])
      }
      #expect(asked == state.names)
      #expect(try Data(contentsOf: single) == Data(contentsOf: whole))
    }
  }

  @Test("What cannot be made or is not as described leaves no file")
  func failing() throws {
    let file = folder.file("a.safetensors")
    let descriptions = [
      SafetensorsFile.Description(name: "a", shape: [2]), SafetensorsFile.Description(name: "b", shape: [1]),
    ]
    #expect(throws: Refused()) {
      try SafetensorsFile.write(descriptions, to: file) { name in
        guard name == "a" else { throw Refused() }
        return Tensor(zeros: [2])
      }
    }
    for wrong in [Tensor(zeros: [2]), Tensor([Int32(1)], shape: [1])] {
      #expect(throws: CheckpointError.self) {
        try SafetensorsFile.write(descriptions, to: file) { $0 == "a" ? Tensor(zeros: [2]) : wrong }
      }
    }
    #expect(try folder.contents().isEmpty)
  }

  @Test("Parts that are missing or of other shapes are refused when the file is opened")
  func parts() throws {
    let stored = try HuggingFaceKeyMap.fromCanonical(canonical)
    let name = "vision_model.encoder.layers.0.self_attn.k_proj.weight"
    for part in [nil, Tensor(zeros: [2, 3]), Tensor(zeros: [3, 2])] {
      var damaged = stored
      damaged[name] = part
      try SafetensorsFile.write(damaged, to: folder.file("a.safetensors"))
      let opened = try TensorFormats.open(folder.file("a.safetensors"))
      #expect(throws: CheckpointError.self) { _ = try CanonicalTensors(opened) }
    }
    try SafetensorsFile.write(["a": Tensor(zeros: [1])], to: folder.file("b.safetensors"))
    let unknown = try TensorFormats.open(folder.file("b.safetensors"))
    #expect(throws: CheckpointError.self) { _ = try CanonicalTensors(unknown) }
  }
}

import NN
import TensorCore
import TestSupport
import Testing

@Suite("Names of parameters")
struct ParameterScopeTests {
  private let store = ParameterStore()
  private var root: ParameterScope { ParameterScope(store: store, source: SeededSource(seed: 1)) }

  @Test("A parameter is called by the scopes it is built in; names may hold dots")
  func naming() {
    #expect(root.parameter("logit_scale", [], .ones).path == "logit_scale")
    #expect(root["visual"]["conv1"].parameter("weight", [2], .ones).path == "visual.conv1.weight")
    #expect(
      root["transformer.resblocks.0"].parameter("bias", [2], .ones).path == "transformer.resblocks.0.bias")
    #expect(root["a"]["b"].path == "a.b")
    #expect(root.path.isEmpty)
  }

  @Test("The store holds every parameter in the order of construction, and finds it by name")
  func order() {
    let second = root["b"].parameter("weight", [1], .ones)
    _ = root["a"].parameter("weight", [1], .ones, trainable: true)
    #expect(store.parameters.map(\.path) == ["b.weight", "a.weight"])
    #expect(store["b.weight"] === second)
    #expect(store["c.weight"] == nil)
    #expect(store.trainable.map(\.path) == ["a.weight"])
    second.isTrainable = true
    #expect(store.trainable.map(\.path) == ["b.weight", "a.weight"])
  }

  @Test("Two parameters of one name are a mistake that stops the program")
  func duplicate() async {
    await #expect(processExitsWith: .failure) {
      let scope = ParameterScope(store: ParameterStore(), source: SeededSource(seed: 1))
      _ = scope["a"].parameter("weight", [1], .ones)
      _ = scope.parameter("a.weight", [1], .ones)
    }
  }

  @Test("A block's parameters have open_clip's names and shapes")
  func blockNames() {
    let config = TransformerConfig(width: 8, layers: 2, heads: 2, mlpWidth: 20, activation: .gelu)
    _ = TransformerBlock(root["resblocks.0"], config: config, layer: 0)
    let expected: [(String, [Int])] = [
      ("ln_1.weight", [8]), ("ln_1.bias", [8]), ("attn.in_proj_weight", [24, 8]), ("attn.in_proj_bias", [24]),
      ("attn.out_proj.weight", [8, 8]), ("attn.out_proj.bias", [8]), ("ln_2.weight", [8]), ("ln_2.bias", [8]),
      ("mlp.c_fc.weight", [20, 8]), ("mlp.c_fc.bias", [20]), ("mlp.c_proj.weight", [8, 20]),
      ("mlp.c_proj.bias", [8]),
    ]
    #expect(store.parameters.map(\.path) == expected.map { "resblocks.0.\($0.0)" })
    #expect(store.parameters.map(\.shape) == expected.map(\.1))
    #expect(store.trainable.isEmpty, "nothing trains unless a method says so")
  }

  @Test("A source supplies values by path; assigning replaces them")
  func values() {
    final class PathLengths: ParameterSource {
      func tensor(path: String, shape: [Int], initializer: Initializer) -> Tensor {
        Tensor(Array(repeating: Float(path.count), count: shape.reduce(1, *)), shape: shape)
      }
    }
    let scope = ParameterScope(store: store, source: PathLengths())
    let parameter = scope["abc"].parameter("de", [2], .zeros)
    #expect(parameter.value.array == [6, 6])
    parameter.assign(Tensor([1, 2] as [Float], shape: [2]))
    #expect(store["abc.de"]?.value.array == [1, 2])
  }
}

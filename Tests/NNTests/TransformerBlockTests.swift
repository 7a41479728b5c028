import NN
import TensorCore
import TestSupport
import Testing

@Suite("Transformer blocks")
struct TransformerBlockTests {
  /// A module whose result depends on all that a branch is given.
  private final class Mixing: Insertion {
    func apply(to h: Variable, branch: BranchInputs?, context: ForwardContext) -> Variable {
      guard let branch else { return 0.5 * h }
      return h + 0.25 * branch.stream + 0.5 * branch.normalized
    }
    func merged(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?)? { nil }
  }

  @Test(
    "Computing the first tokens only equals computing all, in values and gradients", arguments: [1, 3, 5])
  func firstTokens(queries: Int) {
    let (batch, tokens, width) = (4, 5, RandomBlock.width)
    let targets = Tensor((0..<Int32(batch * queries)).map { $0 % 12 }, shape: [batch * queries])
    func compute(shortcut: Bool, inserted: Bool) -> (output: Tensor, gradients: [String: Tensor]) {
      let model = RandomBlock()
      if inserted { for site in model.block.sites { site.insertion = Mixing() } }
      for parameter in model.store.parameters { parameter.isTrainable = true }
      let x = Parameter(
        path: "x", value: RandomBlock.noise([batch, tokens, width], seed: 8), trainable: true)
      let y =
        shortcut
        ? model.block(x.variable, queries: queries, .inference) : model.block(x.variable, .inference)
      let first = y.tokens(0..<queries)
      first.reshaped([batch * queries, width]).crossEntropy(targets: targets).backward()
      let all = (model.store.parameters + [x]).compactMap { p in p.gradient.map { (p.path, $0) } }
      return (first.value, Dictionary(uniqueKeysWithValues: all))
    }
    for inserted in [false, true] {
      let short = compute(shortcut: true, inserted: inserted)
      let full = compute(shortcut: false, inserted: inserted)
      expectClose(short.output, full.output, absolute: 1e-6, relative: 1e-5)
      #expect(short.gradients.count == 13)
      #expect(Set(short.gradients.keys) == Set(full.gradients.keys))
      for (path, gradient) in full.gradients {
        let largest = gradient.array.map(abs).max() ?? 0
        expectClose(short.gradients[path]?.array ?? [], gradient.array, absolute: 1e-5 * largest, "\(path)")
      }
    }
  }

  @Test("A causal block's first tokens do not depend on what follows")
  func causality() {
    let block = RandomBlock().block
    let whole = Variable(RandomBlock.noise([1, 6, RandomBlock.width], seed: 4))
    let y = block(whole, causal: true, .inference).value
    for length in 1...6 {
      let start = block(whole.tokens(0..<length), causal: true, .inference).value
      expectClose(start.array, Array(y.array.prefix(start.count)), absolute: 1e-5, relative: 1e-5)
    }
  }

  @Test("A module after the first MLP layer stands before the activation")
  func fc1Site() {
    let (plain, changed) = (RandomBlock().block, RandomBlock().block)
    changed.fc1Site.insertion = Mixing()
    for parameter in [plain.fc1.weight, plain.fc1.bias].compactMap({ $0 }) {
      let half = Tensor(uninitialized: parameter.shape)
      Compute.backend.scale(half, parameter.value, by: 0.5)
      parameter.assign(half)
    }
    let x = Variable(RandomBlock.noise([2, 3, RandomBlock.width], seed: 5))
    expectClose(changed(x, .inference).value, plain(x, .inference).value, absolute: 1e-5, relative: 1e-5)
  }

  @Test("An update of a linear layer is applied once, before the activation")
  func linearUpdate() {
    final class Doubling: LinearUpdate {
      func output(
        of linear: Linear, for x: Variable, result: DType?, context: ForwardContext
      ) -> Variable { 2 * linear.plain(x, result: result) }
      func merged(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?) { (weight, bias) }
    }
    let layer = RandomBlock().block.fc1
    let x = Variable(RandomBlock.noise([3, RandomBlock.width], seed: 6))
    let expected = (2 * layer(x, .inference)).activated(.gelu)
    layer.update = Doubling()
    expectClose(layer(x, activation: .gelu, .inference).value, expected.value, absolute: 1e-7, relative: 1e-6)
  }

  @Test("At alpha a module and an update count as much as alpha says")
  func shares() {
    let (plain, changed) = (RandomBlock().block, RandomBlock().block)
    changed.fc2Site.insertion = Mixing()
    let x = Variable(RandomBlock.noise([2, 3, RandomBlock.width], seed: 5))
    let (without, with) = (plain(x, .inference).value, changed(x, .inference).value)
    #expect(changed(x, .inference(alpha: 0)).value.array == without.array)
    let half = zip(without.array, with.array).map { ($0 + $1) / 2 }
    expectClose(
      changed(x, .inference(alpha: 0.5)).value, Tensor(half, shape: without.shape), absolute: 1e-5)
  }

  @Test("Sites are named after what they follow and are as wide as it")
  func sites() {
    let sites = RandomBlock().block.sites
    let names = [
      "ln_1", "attn.in_proj", "attn.out_proj", "attn", "ln_2", "mlp.c_fc", "mlp.hidden", "mlp.c_proj", "mlp",
    ]
    #expect(sites.map(\.path) == names.map { "block.\($0)" })
    #expect(sites.map(\.width) == [12, 36, 12, 12, 12, 28, 28, 12, 12])
    #expect(sites.allSatisfy { $0.block == 2 })
    for site in sites {
      #expect(site.follows != nil || site.precedes != nil, "\(site.path)")
      if let layer = site.follows { #expect(layer.weight.shape[0] == site.width, "\(site.path)") }
      if let layer = site.precedes { #expect(layer.weight.shape[1] == site.width, "\(site.path)") }
    }
  }
}

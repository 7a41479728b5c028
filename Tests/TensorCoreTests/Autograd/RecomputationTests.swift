import TensorCore
import Testing

@Suite("Recomputation in backward")
struct RecomputationTests {
  private let weight = Parameter(
    path: "w", value: Tensor([0.5, -1, 0.25, 2, 1, -0.5] as [Float], shape: [2, 3]), trainable: true)
  private let input = Parameter(
    path: "x", value: Tensor([1, 2, 3, -1, 0.5, 0] as [Float], shape: [2, 3]), trainable: true)

  private func part(_ x: Variable) -> Variable { x.linear(weight: weight.variable, activation: .gelu) }

  private func loss(_ y: Variable) -> Variable {
    y.crossEntropy(targets: Tensor([0, 1] as [Int32], shape: [2]))
  }

  @Test("Values and gradients have the same bits as without")
  func sameBits() {
    let plain = part(input.variable)
    loss(plain).backward()
    let expected = [input.takeGradient()?.array, weight.takeGradient()?.array]
    let recomputed = input.variable.recomputed(part)
    #expect(recomputed.value.array == plain.value.array)
    loss(recomputed).backward()
    #expect([input.takeGradient()?.array, weight.takeGradient()?.array] == expected)
  }

  @Test("It happens once in backward, and not at all where nothing trains")
  func runs() {
    var count = 0
    func counted(_ x: Variable) -> Variable {
      count += 1
      return part(x)
    }
    let trained = Variable(input.value).recomputed(counted)
    #expect(count == 1 && trained.needsGradient)
    loss(trained).backward()
    #expect(count == 2 && weight.takeGradient() != nil)
    weight.isTrainable = false
    #expect(!Variable(input.value).recomputed(counted).needsGradient)
  }

  @Test("A leaf tells when its gradient is final")
  func finalGradients() {
    var told: [String] = []
    weight.whenGradientIsFinal = { told.append("w") }
    input.whenGradientIsFinal = { told.append("x") }
    loss(part(part(input.variable).prependingColumn())).backward()
    #expect(told.sorted() == ["w", "x"])
  }
}

extension Variable {
  /// [rows, 2] → [rows, 3], so that a weight of [2, 3] can be used twice.
  fileprivate func prependingColumn() -> Variable {
    linear(weight: Variable(Tensor([1, 0, 0, 1, 1, 1] as [Float], shape: [3, 2])))
  }
}

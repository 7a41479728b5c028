import Foundation
import TensorCore
import TestSupport
import Testing

/// Every differentiable operation gives the same values and gradients on every engine as on the reference, and the
/// reference's gradients are those of its values.
@Suite struct OpConformance {
  @Test(arguments: OpCase.all, Engine.available)
  func equalsTheReference(op: OpCase, engine: Engine) {
    guard !op.isMasked else { return }
    let expected = evaluate(op, on: ReferenceBackend())
    let actual = evaluate(op, on: CPUBackend(engine: engine))
    #expect(actual.value.shape == expected.value.shape)
    // Two results on either side of a rounding boundary are one part in 128 apart.
    expectClose(
      actual.value.array, expected.value.array, absolute: op.isRounded ? 2e-3 : 2e-6,
      relative: op.isRounded ? 0x1p-7 : 1e-5, "value")
    for (index, (a, e)) in zip(actual.gradients, expected.gradients).enumerated() {
      guard let a, let e else {
        Issue.record("input \(index) received no gradient")
        continue
      }
      #expect(a.shape == op.inputs[index])
      expectClose(
        a.array, e.array, absolute: op.isRounded ? 2e-2 : 5e-6, relative: op.isRounded ? 0x1p-6 : 5e-5,
        "gradient of input \(index)")
    }
  }

  @Test(arguments: OpCase.all.filter { !$0.isRounded })
  func gradientsAreThoseOfTheValues(op: OpCase) {
    expectNumericGradients(op, on: ReferenceBackend())
  }

  @Test(arguments: OpCase.all.filter(\.isMasked))
  func gradientsPassThroughTheSameMask(op: OpCase) {
    expectNumericGradients(op, on: CPUBackend.preferred)
  }

  @Test(arguments: OpCase.all)
  func frozenInputsReceiveNothingAndChangeNothing(op: OpCase) {
    let backend = CPUBackend.preferred
    let all = evaluate(op, on: backend)
    for trained in op.inputs.indices {
      let one = evaluate(op, on: backend, trained: [trained])
      for index in op.inputs.indices where index != trained { #expect(one.gradients[index] == nil) }
      #expect(one.gradients[trained]?.array == all.gradients[trained]?.array)
      // Only an epilogue that is fused into a product where no gradient is wanted may round differently.
      expectClose(one.value, all.value, absolute: 1e-6, relative: op.isRounded ? 0x1p-7 : 1e-6)
    }
    let none = evaluate(op, on: backend, trained: [])
    #expect(none.gradients.allSatisfy { $0 == nil })
    expectClose(none.value, all.value, absolute: 1e-6, relative: op.isRounded ? 0x1p-7 : 1e-6)
  }

  @Test(arguments: OpCase.all)
  func gradientsOfSeveralPassesAddUp(op: OpCase) {
    let once = evaluate(op, on: CPUBackend.preferred)
    let twice = evaluate(op, on: CPUBackend.preferred, passes: 2)
    for (single, double) in zip(once.gradients, twice.gradients) {
      guard let single, let double else { continue }
      expectClose(double.array, single.array.map { 2 * $0 }, absolute: 1e-6, relative: 1e-5)
    }
  }

  @Test func everyOperationFileHasACase() throws {
    // Data are not differentiated; arithmetic on tensors and choices have no gradient.
    let undifferentiated: Set = ["Unfold", "Arithmetic", "Argmax"]
    let package = URL(filePath: #filePath).pathComponents.dropLast(4).joined(separator: "/")
    let files = try FileManager.default.contentsOfDirectory(atPath: package + "/Sources/TensorCore/Ops")
    let names = Set(files.filter { $0.hasSuffix(".swift") }.map { String($0.dropLast(6)) })
    #expect(names.subtracting(undifferentiated).subtracting(OpCase.all.map(\.file)).isEmpty)
  }
}

// MARK: Evaluation

private struct Evaluation {
  let value: Tensor
  /// nil for inputs that were not trained.
  let gradients: [Tensor?]
}

/// The operation's value at fixed inputs, and the gradients of its elements' weighted sum.
private func evaluate(
  _ op: OpCase, on backend: any Backend, trained: Set<Int>? = nil, passes: Int = 1,
  inputs: [Tensor]? = nil
) -> Evaluation {
  Compute.$backend.withValue(backend) {
    let parameters = (inputs ?? fixedInputs(op)).enumerated().map { index, value in
      Parameter(path: "input\(index)", value: value, trainable: trained?.contains(index) ?? true)
    }
    var value = Tensor(zeros: [])
    for _ in 0..<passes {
      let result = op.apply(parameters.map(\.variable))
      value = result.value.copy()
      let weights = Tensor(weights(result.value.count), shape: [1, result.value.count])
      result.reshaped([1, result.value.count]).linear(weight: Variable(weights)).backward()
    }
    return Evaluation(value: value, gradients: parameters.map(\.gradient))
  }
}

private func expectNumericGradients(
  _ op: OpCase, on backend: any Backend, location: SourceLocation = #_sourceLocation
) {
  func loss(_ inputs: [Tensor]) -> Double {
    let value = evaluate(op, on: backend, trained: [], inputs: inputs).value.array
    return zip(value, weights(value.count)).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
  let inputs = fixedInputs(op)
  let gradients = evaluate(op, on: backend).gradients
  let step: Float = 0x1p-6
  for (index, input) in inputs.enumerated() {
    let differences = (0..<input.count).map { element -> Float in
      func moved(by distance: Float) -> [Tensor] {
        var inputs = inputs
        inputs[index] = input.copy()
        inputs[index].mutableFloats[element] += distance
        return inputs
      }
      return Float((loss(moved(by: step)) - loss(moved(by: -step))) / Double(2 * step))
    }
    expectClose(
      gradients[index]?.array ?? [], differences, absolute: 2e-3, relative: 2e-3, "input \(index)",
      sourceLocation: location)
  }
}

/// Away from 0, where some activations have a kink.
private func fixedInputs(_ op: OpCase) -> [Tensor] {
  op.inputs.enumerated().map { index, shape in
    var random = SeededRandom(7, UInt64(index))
    let values = (0..<shape.reduce(1, *)).map { _ in
      let value = 0.7 * random.normal()
      return value + (value < 0 ? -0.1 : 0.1)
    }
    return Tensor(values, shape: shape)
  }
}

private func weights(_ count: Int) -> [Float] {
  var random = SeededRandom(11)
  return (0..<count).map { _ in random.normal() }
}

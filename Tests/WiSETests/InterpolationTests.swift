import Checkpoint
import TensorCore
import TestSupport
import Testing
import WiSE

@Suite struct InterpolationTests {
  private let pretrained: StateDict = [
    "weight": Tensor([1, -0.0, .infinity, 4], shape: [2, 2]), "bias": Tensor([0.1, 0.2], shape: [2]),
    "steps": Tensor([Int32(3)], shape: [1]),
  ]
  private let finetuned: StateDict = [
    "bias": Tensor([0.1, 0.4], shape: [2]), "weight": Tensor([3, 0, 1, .nan], shape: [2, 2]),
    "steps": Tensor([Int32(9)], shape: [1]),
  ]

  private func bytes(_ state: StateDict, _ name: String) throws -> [UInt8] {
    try Array(#require(state[name]).bytes)
  }

  @Test func theEndpointsAreTheModelsBitForBit() throws {
    let start = try Interpolation.interpolate(from: pretrained, to: finetuned, alpha: 0)
    let end = try Interpolation.interpolate(from: pretrained, to: finetuned, alpha: 1)
    for name in pretrained.names {
      #expect(try bytes(start, name) == bytes(pretrained, name), "\(name)")
      #expect(try bytes(end, name) == bytes(finetuned, name), "\(name)")
    }
    #expect(start.names == pretrained.names)
    #expect(end.names == pretrained.names)
  }

  @Test func betweenThemWeightsMoveInProportion() throws {
    let middle = try Interpolation.interpolate(from: pretrained, to: finetuned, alpha: 0.25)
    expectClose(try #require(middle["weight"]).array, [1.5, 0, .infinity, .nan], absolute: 1e-6)
    expectClose(try #require(middle["bias"]).array, [0.1, 0.25], absolute: 1e-6)
    #expect(middle["steps"]?.intArray == [9], "integers are no weights")
  }

  @Test func whatFineTuningLeftAloneStaysExact() throws {
    // 0.1 is no binary fraction: (1 − alpha)·x + alpha·x would round.
    let values = (0..<1000).map { Float($0) * 0.1 }
    let state: StateDict = ["x": Tensor(values, shape: [1000])]
    let copy: StateDict = ["x": Tensor(values, shape: [1000])]
    for alpha in [0.1, 0.3, 0.7] {
      #expect(try Interpolation.interpolate(from: state, to: copy, alpha: alpha)["x"]?.array == values)
    }
  }

  @Test func halfPrecisionIsWidened() throws {
    let half = Tensor(uninitialized: [2], dtype: .f16)
    half.mutableBytes.copyBytes(from: [0x00, 0x3C, 0x00, 0xC0])  // 1, −2
    let result = try Interpolation.interpolate(
      from: ["x": half], to: ["x": Tensor([2.0, 0], shape: [2])], alpha: 0.5)
    #expect(result["x"]?.dtype == .f32)
    #expect(result["x"]?.array == [1.5, -1])
  }

  @Test func everyDifferenceIsListed() throws {
    let other: StateDict = [
      "weight": Tensor([1.0], shape: [1]), "bias": Tensor([Int32(1), 2], shape: [2]),
      "head": Tensor(scalar: 1),
    ]
    let error = #expect(throws: WiSEError.self) {
      try Interpolation.interpolate(from: pretrained, to: other, alpha: 0.5)
    }
    guard case .mismatch(let differences) = error else { throw try #require(error) }
    #expect(differences.map(\.name) == ["weight", "bias", "steps", "head"])
    #expect(
      differences.map(\.reason) == [
        .shapes([2, 2], [1]), .kinds(firstIsFloatingPoint: true), .onlyInFirst, .onlyInSecond,
      ])
    #expect(error?.kind == .badData)
    for name in ["weight", "bias", "steps", "head"] {
      #expect(error?.description.contains("'\(name)'") == true)
    }
  }

  @Test(arguments: [-0.1, 1.1, Double.nan, .infinity])
  func alphaOutsideTheRangeIsRefused(alpha: Double) {
    #expect(throws: WiSEError.self) {
      try Interpolation.interpolate(from: pretrained, to: pretrained, alpha: alpha)
    }
  }
}

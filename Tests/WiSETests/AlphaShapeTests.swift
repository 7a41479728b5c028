import Checkpoint
import Foundation
import TensorCore
import Testing
import WiSE

@Suite("What moves with alpha, and how far")
struct AlphaShapeTests {
  @Test(
    "The first block has the first factor, the last exactly the last, and what is outside blocks the first")
  func factors() throws {
    let factors = try DepthFactors(parsing: "0.7:1")
    #expect(factors.factor(at: nil) == 0.7)
    #expect(factors.factor(at: BlockPlace(index: 0, depth: 12)) == 0.7)
    #expect(factors.factor(at: BlockPlace(index: 11, depth: 12)) == 1)
    #expect(abs(factors.factor(at: BlockPlace(index: 5, depth: 11)) - 0.85) < 1e-12)
    // A tower of one block has no depth.
    #expect(factors.factor(at: BlockPlace(index: 0, depth: 1)) == 0.7)
  }

  @Test("Depths of each tower are counted by themselves")
  func places() {
    let names = [
      "visual.transformer.resblocks.3.ln_1.weight", "transformer.resblocks.1.ln_1.weight", "ln_final.weight",
    ]
    let places = BlockPlace.places(of: names)
    #expect(places[names[0]] == BlockPlace(index: 3, depth: 4))
    #expect(places[names[1]] == BlockPlace(index: 1, depth: 2))
    #expect(places[names[2]] == nil)
  }

  @Test("Factors are written as they are read")
  func text() throws {
    for text in ["0.5:1", "0:1", "-0.25:1.5", "1:0"] {
      let factors = try DepthFactors(parsing: text)
      #expect(factors.description == text)
      #expect(try JSONDecoder().decode(DepthFactors.self, from: JSONEncoder().encode(factors)) == factors)
    }
  }

  @Test(
    "What are no two decimals is refused",
    arguments: ["", "1", ":", "1:", "a:1", "0:1:0.1", "1e3:1", "nan:1"])
  func badDepth(text: String) {
    let error = #expect(throws: WiSEError.self) { try DepthFactors(parsing: text) }
    #expect(error?.kind == .usage && error?.description.contains("0.5:1") == true)
  }

  @Test("Alphas beyond the ends need to be asked for, be it that depth leads there")
  func check() throws {
    try AlphaShape().check(1)
    for shape in [AlphaShape(), AlphaShape(depth: DepthFactors(first: 1, last: 1.5))] {
      let error = #expect(throws: WiSEError.self) { try shape.check(shape.depth == nil ? 1.5 : 1) }
      #expect(error?.description.contains("--extrapolate") == true)
    }
    #expect(throws: WiSEError.self) { try AlphaShape().check(-0.5) }
    try AlphaShape(depth: DepthFactors(first: 1, last: 1.5), extrapolates: true).check(-1)
    #expect(throws: WiSEError.self) { try AlphaShape(extrapolates: true).check(.nan) }
  }

  @Test("Beyond the ends, grids and weights go on in a straight line, and the ends stay exact")
  func extrapolation() throws {
    #expect(try AlphaGrid(parsing: "-0.5:1.5:0.5", beyond: true).values == [-0.5, 0, 0.5, 1, 1.5])
    #expect(throws: WiSEError.self) { try AlphaGrid(parsing: "0:101:1", beyond: true) }
    let error = #expect(throws: WiSEError.self) { try AlphaGrid(parsing: "-0.5:1.5:0.25") }
    #expect(error?.description.contains("--extrapolate") == true)
    let start: StateDict = ["x": Tensor([1, 0.1], shape: [2])]
    let end: StateDict = ["x": Tensor([3, 0.3], shape: [2])]
    func values(_ alpha: Double) throws -> [Float]? {
      try Interpolation.interpolate(from: start, to: end) { _ in alpha }["x"]?.array
    }
    #expect(try values(0) == [1, 0.1] && values(1) == [3, 0.3])
    #expect(try values(1.5)?[0] == 4 && values(-0.5)?[0] == 0)
    #expect(throws: WiSEError.self) { try values(.infinity) }
  }

  @Test("Each tensor has its own alpha")
  func each() throws {
    let start: StateDict = ["a": Tensor([0.0], shape: [1]), "b": Tensor([0.0], shape: [1])]
    let end: StateDict = ["a": Tensor([4.0], shape: [1]), "b": Tensor([4.0], shape: [1])]
    let found = try Interpolation.interpolate(from: start, to: end) { $0 == "a" ? 0.25 : 1 }
    #expect(found["a"]?.item == 1 && found["b"]?.item == 4)
  }

  @Test("Rules choose among the alphas from 0 to 1, unless all are asked for")
  func selection() {
    let points: [(Double, Double?)] = [(-0.5, 0.2), (0.5, 0.6), (1, 0.7), (1.5, 0.9)]
    func best(_ beyond: Bool) -> Double? {
      AlphaSelection.select(points.map { ($0.0, $0.1) }, images: 100, beyond: beyond)
        .first { $0.rule == .bestValidation }?.alpha
    }
    #expect(best(false) == 1 && best(true) == 1.5)
    let shifts = points.map { (alpha: $0.0, shiftAverage: $0.1 ?? 0) }
    #expect(
      AlphaSelection.oracle(shifts)?.alpha == 1 && AlphaSelection.oracle(shifts, beyond: true)?.alpha == 1.5)
  }
}

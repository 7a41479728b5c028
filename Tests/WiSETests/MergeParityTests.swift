import Checkpoint
import Foundation
import TensorCore
import TestSupport
import Testing
import WiSE

/// Merged models are what mergekit and the papers' formulas make of the same weights (fixtures made by make_merges.py).
@Suite("Merging compared with references")
struct MergeParityTests {
  private struct Case: Decodable {
    let `case`: String
    let method: String
    let options: [String: String]
    let models: Int
  }

  private let fixture: StateDict
  private let cases: [Case]

  init() throws {
    fixture = try Fixture.load("merges.safetensors", bundle: .module)
    cases = try JSONDecoder().decode([Case].self, from: Data(#require(fixture.metadata["cases"]).utf8))
  }

  /// The tensors below a prefix.
  private func state(_ prefix: String) throws -> StateDict {
    try fixture.filter { $0.hasPrefix(prefix + "/") }.renamed { String($0.dropFirst(prefix.count + 1)) }
  }

  private func models(_ count: Int) throws -> Models {
    Models(
      base: try state("base"), models: try (0..<count).map { try state("model\($0)") },
      fishers: try (0..<count).map { try state("fisher\($0)") })
  }

  @Test("Every case is met, element by element")
  func all() throws {
    #expect(cases.count > 15)
    for item in cases where !item.case.hasPrefix("dare-masked") {
      try expectSame(models(item.models).merged(item.method, item.options), as: item.case)
    }
  }

  @Test("Every method that merges anything of its own has a case")
  func covered() {
    let chosen: Set = [GreedySoup.name, LearnedSoup.name]
    let own = Set(MergeMethodRegistry.all.map { $0.name }).subtracting(chosen)
    #expect(Set(cases.map(\.method)) == own)
  }

  @Test("Given which elements are dropped, DARE is what mergekit makes of them")
  func masked() throws {
    let masks = try (0..<3).map { try state("mask\($0)") }
    for item in cases where item.case.hasPrefix("dare-masked") {
      let method = try #require(
        try MergeMethodRegistry.method(named: item.method, options: item.options) as? DARE)
      let merge = try models(item.models).merge(method)
      let merged = try merge.names.map { name in
        let kept = masks.map { $0[name]?.array ?? [] }
        return (
          name,
          try merge.tensor(name, isKept: { kept[$0][$1] == 1 }, by: method)
        )
      }
      try expectSame(StateDict(merged), as: item.case)
    }
  }

  private func expectSame(_ merged: StateDict, as name: String) throws {
    let expected = try state(name)
    #expect(Set(merged.names) == Set(expected.names), "\(name)")
    for (tensor, values) in expected {
      expectClose(
        try #require(merged[tensor]), values, absolute: 3e-6, relative: 1e-5, "\(name): \(tensor)")
    }
  }
}

extension ModelMerge {
  /// A tensor that DARE merges with elements dropped as they are told.
  fileprivate func tensor(
    _ name: String, isKept: @escaping @Sendable (Int, Int) -> Bool, by method: DARE
  ) throws -> Tensor {
    try method.merge(merging(name), coefficients().values, isKept: isKept).tensor
  }
}

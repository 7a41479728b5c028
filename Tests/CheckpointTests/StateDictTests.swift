import Checkpoint
import TensorCore
import Testing

@Suite struct StateDictTests {
  private let state = StateDict(
    [("b", Tensor([1.0, 2], shape: [2])), ("a", Tensor(scalar: 3))], metadata: ["k": "v"])

  @Test func orderIsThatOfInsertion() {
    var state = state
    #expect(state.names == ["b", "a"])
    state["b"] = Tensor(scalar: 9)
    state["c"] = Tensor(scalar: 1)
    #expect(state.names == ["b", "a", "c"], "replacing keeps the place")
    state["a"] = nil
    #expect(state.names == ["b", "c"])
    #expect(state["a"] == nil)
    #expect(state.map(\.name) == ["b", "c"])
    #expect(state.count == 2)
    #expect(state.totalElements == 2)
  }

  @Test func mergingPrefersTheOther() {
    let other = StateDict([("a", Tensor(scalar: 7)), ("z", Tensor(scalar: 8))], metadata: ["k": "w"])
    let merged = state.merging(other)
    #expect(merged.names == ["b", "a", "z"])
    #expect(merged["a"]?.array == [7])
    #expect(merged.metadata == ["k": "w"])
  }

  @Test func filteringAndRenamingKeepTheRest() throws {
    let renamed = try state.filter { $0 == "a" }.renamed { "x.\($0)" }
    #expect(renamed.names == ["x.a"])
    #expect(renamed["x.a"]?.array == [3])
    #expect(renamed.metadata == ["k": "v"])
    #expect(throws: CheckpointError.self) { try state.renamed { _ in "same" } }
  }
}

import TensorCore
import Testing

@Suite("The largest column of each row")
struct ArgmaxTests {
  private func argmax(_ rows: [[Float]]) -> [Int] {
    Tensor(rows.flatMap { $0 }, shape: [rows.count, rows.first?.count ?? 3]).argmaxByRow()
  }

  @Test("It is found wherever it stands, the first of equals")
  func places() {
    #expect(argmax([[3, 1, 2], [1, 3, 2], [1, 2, 3]]) == [0, 1, 2])
    #expect(argmax([[1, 2, 2], [5, 5, 5], [-3, -1, -1]]) == [1, 0, 1])
    #expect(argmax([[-.infinity, -5, -.infinity], [0, .infinity, 1]]) == [1, 1])
  }

  @Test("One column, no rows")
  func edges() {
    #expect(argmax([[7], [-7]]) == [0, 0])
    #expect(argmax([]) == [])
  }
}

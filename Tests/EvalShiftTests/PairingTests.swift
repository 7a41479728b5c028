import Datasets
import EvalShift
import Testing

/// Two models are compared image by image: which image is which is known by its path and content, never by its place alone.
@Suite("Pairing of predictions")
struct PairingTests {
  private func list(_ images: [(String, String)]) -> ImageList {
    ImageList(images.map { ImageList.Entry(path: $0.0, classID: "c", sha256: $0.1) })
  }

  /// The i-th image is right where `right` says so.
  private func predictions(_ right: [Bool], _ images: [(String, String)]?) throws -> Predictions {
    let predictions = try Predictions(
      logits: right.flatMap { $0 ? [1, 0] : [0, 1] as [Float] }, targets: right.map { _ in 0 })
    return images.map { predictions.identified(list($0)) } ?? predictions
  }

  @Test("Images in another order are put into the order of the other model's")
  func reordered() throws {
    let first = try predictions([true, false, true], [("a", "1"), ("b", "2"), ("c", "3")])
    let second = try predictions([false, true, false], [("c", "3"), ("a", "1"), ("b", "2")])
    let aligned = try second.aligned(with: first)
    #expect(aligned.rows.map(\.isCorrect) == [true, false, false])
    #expect(aligned.images?.entries.map(\.path) == ["a", "b", "c"])
  }

  @Test("Of copies of one content, those of the same path belong together; moved images are known by content")
  func copies() throws {
    let first = try predictions([true, false, true], [("a", "1"), ("b", "1"), ("c", "3")])
    let second = try predictions([false, true, true], [("b", "1"), ("a", "1"), ("elsewhere/c", "3")])
    #expect(try second.aligned(with: first).rows.map(\.isCorrect) == [true, false, true])
  }

  @Test("Other images, fewer images, and images that nobody knows are refused, saying how many")
  func refused() throws {
    let first = try predictions([true, false], [("a", "1"), ("b", "2")])
    let other = try predictions([true, false], [("a", "1"), ("x", "9")])
    let fewer = try predictions([true], [("a", "1")])
    let unknown = try predictions([true, false], nil)
    for second in [other, fewer, unknown] {
      #expect(throws: EvaluationError.self) { try second.aligned(with: first) }
    }
    #expect(
      throws: EvaluationError.notPaired(
        "1 of 2 images of the first are not among the second's 2, such as b, and 1 of the second not among the first's"
      )
    ) { try other.aligned(with: first) }
  }

  @Test("An image of another class, or against other numbers of classes, is refused")
  func otherTargets() throws {
    let images = [("a", "1")]
    let first = try Predictions(logits: [1, 0], targets: [0]).identified(list(images))
    let second = try Predictions(logits: [1, 0], targets: [1]).identified(list(images))
    let wide = try Predictions(logits: [1, 0, 0], targets: [0]).identified(list(images))
    #expect(throws: EvaluationError.self) { try second.aligned(with: first) }
    #expect(throws: EvaluationError.self) { try wide.aligned(with: first) }
  }
}

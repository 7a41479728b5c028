import CLIPCore
import Experiments
import NN
import PEFT
import TensorCore
import Testing
import Training

/// SCT's channels are those that respond most in the patch tokens, the class token apart.
@Suite("The choice of salient channels")
struct SalientChannelTests {
  private final class Shown: Examples {
    let count = SmallClassifier.labels.count
    private weak var classifier: ImageClassifier?

    init(_ classifier: ImageClassifier) { self.classifier = classifier }

    func show(in context: ForwardContext, _ visit: (_ embeddings: Tensor, _ labels: [Int32]) -> Void) {
      guard let classifier else { return }
      visit(
        classifier.vision(SmallClassifier.images, context).l2Normalized().value,
        SmallClassifier.labels.intArray)
    }
  }

  /// The one channel of the first block, of a model that `change` was applied to.
  private func channel(_ change: (ImageClassifier) -> Void) throws -> Int {
    let classifier = SmallClassifier.make()
    change(classifier)
    let method = try MethodRegistry.method(named: "sct", options: ["channels": "1", "blocks": "0"])
    try classifier.adapt(with: method, seed: 1, examples: Shown(classifier))
    let path = try #require(classifier.tunedState().names.first { $0.hasSuffix("sct_channels") })
    return Int(try #require(classifier.tunedState()[path]).array[0])
  }

  @Test("What only the class token has makes no channel salient, what all patches have does")
  func tokens() throws {
    let width = SmallClassifier.config.vision.transformer.width
    func only(_ channel: Int) -> [Float] { (0..<width).map { $0 == channel ? 100 : 0 } }
    var byClassToken = 0
    for wanted in 0..<width {
      let chosen = try channel { $0.vision.classEmbedding.assign(Tensor(only(wanted), shape: [width])) }
      byClassToken += chosen == wanted ? 1 : 0
      let patches = try channel { classifier in
        let rows = SmallClassifier.config.vision.patches
        let values = classifier.vision.positionalEmbedding.value.rows(0..<1).array
        classifier.vision.positionalEmbedding.assign(
          Tensor(values + (0..<rows).flatMap { _ in only(wanted) }, shape: [1 + rows, width]))
      }
      #expect(patches == wanted)
    }
    // One of them is the most salient anyway.
    #expect(byClassToken <= 2)
  }
}

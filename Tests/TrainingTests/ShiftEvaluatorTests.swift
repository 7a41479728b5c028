import Datasets
import Experiments
import ImageCodec
import NN
import Synchronization
import TensorCore
import Testing
import Training
import TrainingTestSupport

@Suite("Scoring along alpha")
struct ShiftEvaluatorTests {
  private let tiny: TinyTraining
  init() throws { tiny = try TinyTraining() }

  /// Logits of more images than a batch holds, at each of the alphas; with `keeper`, features by the pre-trained tower come from there.
  private func logits(
    _ method: String, alphas: [Double] = [0], keeper: (any FeatureKeeper)? = nil
  ) throws -> [UInt32] {
    let folder = RunFolder(tiny.folder.file(method))
    if !folder.exists { _ = try tiny.job(method, name: method).run() }
    let run = try LoadedRun.load(folder)
    let images = try TinyTraining.images(count: 40, seed: 9)
    let list = ImageList((0..<40).map { .init(path: "\($0).png", classID: "a", sha256: "\($0)") })
    let set = try EvaluationSet(
      images, role: .target, images: list, seen: nil, headClasses: run.record.data.classes)
    let evaluator = ShiftEvaluator(
      config: run.record.model.architecture, preprocessing: run.record.model.preprocessing, batchSize: 16,
      features: keeper.map { ($0, "tiny") })
    var bits: [UInt32] = []
    _ = try evaluator.sweep(run.path, alphas: alphas, sets: [set]) { _, _, _, logits, _ in
      bits += logits.array.map(\.bitPattern)
    }
    return bits
  }

  @Test("At alpha 0 every method scores as zero-shot does, to the last bit, features computed once or not")
  func sameStart() throws {
    let expected = try logits("lora")
    #expect(expected.count == 40 * 3)
    for method in ["linear", "taskres", "houlsby", "vpt-deep"] {
      #expect(try logits(method) == expected, "\(method)")
    }
  }

  @Test(
    "Features of the pre-trained tower are computed once for all methods: nothing but alpha 0 comes of them, to the last bit"
  )
  func keptStart() throws {
    let keeper = Keeper()
    for method in ["lora", "linear", "partial", "vpt-deep"] {
      let alone = try logits(method, alphas: [0, 0.5, 1])
      #expect(try logits(method, alphas: [0, 0.5, 1], keeper: keeper) == alone, "\(method)")
      #expect(keeper.computed == 1, "\(method)")
    }
    #expect(keeper.asked == 4)
  }
}

/// In memory.
private final class Keeper: FeatureKeeper {
  private let kept = Mutex<(asked: Int, features: [String: Tensor])>((0, [:]))
  var asked: Int { kept.withLock { $0.asked } }
  var computed: Int { kept.withLock { $0.features.count } }

  func features(_ key: String) -> Tensor? {
    kept.withLock {
      $0.asked += 1
      return $0.features[key]
    }
  }

  func keep(_ features: Tensor, as key: String) { kept.withLock { $0.features[key] = features } }
}

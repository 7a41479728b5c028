import Datasets
import Experiments
import ImageCodec
import NN
import TensorCore
import Testing
import Training
import TrainingTestSupport

@Suite("Scoring along alpha")
struct ShiftEvaluatorTests {
  private let tiny: TinyTraining
  init() throws { tiny = try TinyTraining() }

  /// Logits of more images than a batch holds, at alpha 0.
  private func start(_ method: String) throws -> [UInt32] {
    _ = try tiny.job(method, name: method).run()
    let run = try LoadedRun.load(RunFolder(tiny.folder.file(method)))
    let images = try TinyTraining.images(count: 40, seed: 9)
    let set = try EvaluationSet(
      images, role: .target, images: ImageList([]), seen: nil, headClasses: run.record.data.classes)
    let evaluator = ShiftEvaluator(
      config: run.record.model.architecture, preprocessing: run.record.model.preprocessing, batchSize: 16)
    var bits: [UInt32] = []
    _ = try evaluator.sweep(run.path, alphas: [0], sets: [set]) { _, _, _, logits, _ in
      bits += logits.array.map(\.bitPattern)
    }
    return bits
  }

  @Test("At alpha 0 every method scores as zero-shot does, to the last bit, features computed once or not")
  func sameStart() throws {
    let expected = try start("lora")
    #expect(expected.count == 40 * 3)
    for method in ["linear", "taskres", "houlsby", "vpt-deep"] {
      #expect(try start(method) == expected, "\(method)")
    }
  }
}

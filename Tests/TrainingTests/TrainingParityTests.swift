import Checkpoint
import Datasets
import Foundation
import ImageCodec
import TensorCore
import TestSupport
import Testing
import Training

/// Fixture by make_training.py: open_clip's image tower, trained by torch's optimisers on the same images.
@Suite("Parity of fine-tuning with PyTorch")
struct TrainingParityTests {
  private static let fixture = Result { try TrainingParity() }

  /// None if the fixture cannot be read, which another test tells.
  private static let names = (try? fixture.get().cases.keys.sorted()) ?? []

  @Test("Losses of all steps and what was tuned equal PyTorch's", arguments: names)
  func parity(name: String) throws {
    let fixture = try Self.fixture.get()
    let folder = try TemporaryFolder()
    let outcome = try fixture.train(name, in: folder)
    let losses = try fixture.tensor("\(name)/losses").array
    expectClose(Array(outcome.losses.prefix(1)), Array(losses.prefix(1)), relative: 1e-6, "the first loss")
    expectClose(outcome.losses, losses, relative: 1e-5, "losses by step")
    try compare(
      outcome.tuned, with: fixture.tensor("\(name)/tuned").array, of: try #require(fixture.cases[name]))
  }

  /// The fixture has tensors in brief, by name: the largest magnitude, the sum, the norm, and elements.
  private func compare(
    _ tuned: StateDict, with expected: [Float], of chosen: TrainingParity.Case
  ) throws {
    var rest = expected[...]
    for name in tuned.names.sorted() {
      var values = try #require(tuned[name]).array
      if let range = chosen.leftOut[name] { values.removeSubrange(range[0]..<range[1]) }
      let count = chosen.whole ? values.count : min(values.count, TrainingParity.samples)
      try #require(rest.count >= 3 + count, "the script tuned fewer tensors")
      let (summary, elements) = (Array(rest.prefix(3)), Array(rest.dropFirst(3).prefix(count)))
      rest = rest.dropFirst(3 + count)
      let allowed = 1e-4 * summary[0]
      expectClose(
        (0..<count).map { values[$0 * values.count / count] }, elements, absolute: allowed, "\(name)")
      // Errors that are independent of each other add up by their squares.
      let sum = values.reduce(0.0) { $0 + Double($1) }
      let norm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      expectClose(
        [values.map(abs).max() ?? 0, Float(sum), Float(norm)], summary,
        absolute: allowed * Float(values.count).squareRoot(), "largest, sum and norm of \(name)")
    }
    #expect(rest.isEmpty && !tuned.names.isEmpty, "the script tuned other tensors than \(tuned.names)")
  }

  @Test("The orders and mixes that the script was given are those that are drawn")
  func draws() throws {
    let fixture = try Self.fixture.get()
    let seed = try fixture.spec("full").settings.seeds.order
    let loader = try BatchLoader(
      dataset: fixture.dataset(), preprocessing: .clip(size: 12), batchSize: 12, seed: seed)
    var drawn = TrainingParity.Draws(
      orders: (0..<20).map { loader.indices(epoch: $0, batch: 0) }, mixes: [:],
      texts: try fixture.texts(steps: 20, seed: seed))
    for name in ["mixup", "cutmix", "mixed"] {
      let augmentation = try #require(try fixture.spec(name).settings.augmentation)
      let mixing = BatchMixing(
        mixupAlpha: augmentation.mixup, cutmixAlpha: augmentation.cutmix,
        probability: augmentation.mixProbability, switchProbability: augmentation.mixSwitch)
      drawn.mixes[name] = (0..<20).map {
        TrainingParity.DrawnMix(mixing.mix(height: 12, width: 12, seed: seed, step: $0))
      }
    }
    // What the script is given: after a change of what is drawn, write it, and then the fixture.
    if ProcessInfo.processInfo.environment["CLIPFT_WRITE_FIXTURES"] != nil {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      encoder.keyEncodingStrategy = .convertToSnakeCase
      let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fixtures/training_draws.json")
      try (encoder.encode(drawn) + Data("\n".utf8)).write(to: place)
    }
    #expect(drawn == fixture.draws)
  }
}

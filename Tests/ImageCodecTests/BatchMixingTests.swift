import Foundation
import ImageCodec
import TensorCore
import TestSupport
import Testing

@Suite("Mixup and CutMix of batches")
struct BatchMixingTests {
  private struct Case: Decodable {
    let share: Double
    let middle: [Int]?
    let smoothing: Double
    let corrects: Bool
  }

  @Test("Images and targets are timm's, bit for bit, for the same lambda and rectangle")
  func timm() throws {
    let fixture = try Fixture.load("mixing.safetensors", bundle: .module)
    func decoded<T: Decodable>(_ key: String) throws -> T {
      try JSONDecoder().decode(T.self, from: Data(#require(fixture.metadata[key]).utf8))
    }
    let cases: [Case] = try decoded("cases")
    let labels: [Int32] = try decoded("labels")
    let images = try #require(fixture["images"])
    #expect(cases.count == 11)
    for (index, item) in cases.enumerated() {
      let mix: Mix =
        if item.share == 1 {
          .none
        } else if let middle = item.middle {
          .paste(
            share: item.share, y: middle[0], x: middle[1], height: images.shape[2], width: images.shape[3],
            correctsShare: item.corrects)
        } else {
          .blend(share: item.share)
        }
      let mixed = mix.images(0..<4, of: images)
      let targets = mix.targets(0..<4, of: labels, classes: 5, smoothing: item.smoothing)
      expectClose(mixed, try #require(fixture["mixed.\(index)"]), "images of \(item)")
      expectClose(targets, try #require(fixture["targets.\(index)"]), "targets of \(item)")
    }
  }

  private let images: Tensor = {
    var random = SeededRandom(4)
    return Tensor((0..<7 * 3 * 8 * 8).map { _ in random.normal() }, shape: [7, 3, 8, 8])
  }()
  private let labels: [Int32] = [0, 1, 2, 3, 4, 5, 0]

  @Test("Parts of a batch are mixed as the whole is, from the whole or from rows and their partners")
  func parts() {
    let mixing = BatchMixing(mixupAlpha: 0.8, cutmixAlpha: 1)
    var kinds: Set<String> = []
    for step in 0..<12 {
      let whole = mixing(images, labels: labels, classes: 6, seed: 5, step: step)
      let mix = mixing.mix(height: 8, width: 8, seed: 5, step: step)
      kinds.insert(String("\(mix)".prefix(5)))
      for rows in [0..<2, 2..<5, 5..<7] {
        let part = mixing(images, labels: labels, classes: 6, seed: 5, step: step, rows: rows)
        #expect(part.images.array == whole.images.rows(rows).array)
        #expect(part.targets.array == whole.targets.rows(rows).array)
        let partners = Mix.partners(of: rows, batch: 7)
        let partnerImages = Tensor(
          partners.flatMap { images.rows($0..<$0 + 1).array }, shape: [rows.count, 3, 8, 8])
        #expect(
          mix.images(images.rows(rows), partners: partnerImages).array == whole.images.rows(rows).array)
        #expect(
          mix.targets(
            labels: Array(labels[rows]), partners: partners.map { labels[$0] }, classes: 6, smoothing: 0.1
          ).array == whole.targets.rows(rows).array)
      }
    }
    #expect(kinds.count == 2)
  }

  @Test("Nothing is written to the images that were given")
  func untouched() {
    let before = images.array
    for step in 0..<4 {
      _ = BatchMixing(mixupAlpha: 1, cutmixAlpha: 1)(images, labels: labels, classes: 6, seed: 1, step: step)
    }
    #expect(images.array == before)
  }

  @Test("Batches are mixed as often as asked, by either way as often as asked, differently at each step")
  func frequency() {
    func mixes(_ mixing: BatchMixing, seed: UInt64 = 8) -> [Mix] {
      (0..<2000).map { mixing.mix(height: 224, width: 224, seed: seed, step: $0) }
    }
    func isPaste(_ mix: Mix) -> Bool { if case .paste = mix { true } else { false } }
    let mixing = BatchMixing(mixupAlpha: 0.8, cutmixAlpha: 1, probability: 0.7, switchProbability: 0.25)
    let found = mixes(mixing)
    let mixed = found.filter { $0 != .none }
    #expect((1320...1480).contains(mixed.count))
    #expect((290...410).contains(mixed.count(where: isPaste)))
    #expect(Set(mixed.map(\.share)).count > 1300)
    #expect(found == mixes(mixing))
    #expect(found != mixes(mixing, seed: 9))
    #expect(mixes(BatchMixing(mixupAlpha: 0.8)).allSatisfy { !isPaste($0) && $0 != .none })
    #expect(mixes(BatchMixing(mixupAlpha: 0, cutmixAlpha: 1)).allSatisfy { isPaste($0) || $0 == .none })
    #expect(mixes(BatchMixing(mixupAlpha: 0, cutmixAlpha: 0)).allSatisfy { $0 == .none })
    // Mixup's shares are from Beta(0.8, 0.8).
    let shares = mixed.filter { !isPaste($0) }.map { $0.share - 0.5 }
    let variance = shares.reduce(0) { $0 + $1 * $1 } / Double(shares.count)
    #expect(abs(variance * 4 * 2.6 - 1) < 0.1)
  }

  @Test("A rectangle lies within the image, and its corrected share is what is left of the area")
  func rectangles() {
    let mixing = BatchMixing(mixupAlpha: 0, cutmixAlpha: 1)
    for step in 0..<500 {
      guard
        case .paste(let share, let rows, let columns) = mixing.mix(
          height: 20, width: 30, seed: 2, step: step)
      else { continue }
      #expect(rows.lowerBound >= 0 && rows.upperBound <= 20)
      #expect(columns.lowerBound >= 0 && columns.upperBound <= 30)
      #expect(share == 1 - Double(rows.count * columns.count) / 600)
    }
  }

  @Test("Labels are smoothed whether a batch is mixed or not, and add up to 1")
  func smoothing() {
    for probability in [0.0, 1] {
      let targets = BatchMixing(mixupAlpha: 0.4, probability: probability, labelSmoothing: 0.3)(
        images, labels: labels, classes: 6, seed: 3, step: 1
      ).targets
      for row in 0..<7 {
        let values = targets.rows(row..<row + 1).array
        #expect(abs(values.reduce(0, +) - 1) < 1e-6)
        #expect(values.allSatisfy { $0 >= 0.0499 })
      }
    }
  }

  @Test("Values out of range are refused, with their name")
  func validation() throws {
    try BatchMixing().validate()
    for (wrong, word) in [
      (BatchMixing(mixupAlpha: -1), "mixup"), (BatchMixing(cutmixAlpha: .nan), "cutmix"),
      (BatchMixing(probability: 1.1), "mix_probability"),
      (BatchMixing(switchProbability: -0.1), "mix_switch"),
      (BatchMixing(labelSmoothing: 2), "smoothing"),
    ] {
      let error = #expect(throws: AugmentationError.self) { try wrong.validate() }
      #expect(error?.description.contains(word) == true && error?.kind == .usage)
    }
  }
}

import CLIPCore
import Checkpoint
import Foundation
import TensorCore
import TestSupport
import Testing

@Suite("Position embeddings that start as waves")
struct PositionTests {
  @Test("They differ for every patch, stay within the amplitude, and the class token's is 0")
  func waves() {
    let clip = CLIP(config: Architectures.world, seed: 0)
    clip.vision.startPositionsAsWaves(amplitude: 0.5)
    let width = clip.vision.width
    let table = clip.vision.positionalEmbedding.value.array
    #expect(table.prefix(width).allSatisfy { $0 == 0 })
    #expect(table.allSatisfy { abs($0) <= 0.5 })
    let rows = (1...clip.config.vision.patches).map { Array(table[$0 * width..<($0 + 1) * width]) }
    for (index, row) in rows.enumerated() {
      for other in rows[..<index] { #expect(zip(row, other).contains { abs($0 - $1) > 0.05 }) }
    }
  }
}

@Suite("Images of another size than a model was trained on")
struct ImageSizeTests {
  private let folder: URL

  init() throws { folder = try Fixture.url("clip-quickgelu", bundle: .module) }

  @Test("Position embeddings are resized as open_clip does it", arguments: [4, 8, 12, 20, 28, 64])
  func positions(size: Int) throws {
    let expected = try SafetensorsFile(
      url: Fixture.url("clip-quickgelu-positions.safetensors", bundle: .module))
    let clip = try PretrainedModel.clip(in: folder, imageSize: size)
    #expect(clip.config.vision.imageSize == size)
    expectClose(clip.vision.positionalEmbedding.value, try expected.tensor("size_\(size)"), absolute: 1e-6)
  }

  @Test("The size of its training changes nothing")
  func sameSize() throws {
    let clip = try PretrainedModel.clip(in: folder)
    let same = try PretrainedModel.clip(in: folder, imageSize: 16)
    #expect(same.config == clip.config)
    #expect(same.vision.positionalEmbedding.value.array == clip.vision.positionalEmbedding.value.array)
  }

  @Test("A size that is no multiple of the patches' is refused", arguments: [0, -4, 18, 100_000])
  func refusal(size: Int) {
    let error = #expect(throws: ModelError.self) { try PretrainedModel.load(folder, imageSize: size) }
    #expect(error?.kind == .usage)
  }
}

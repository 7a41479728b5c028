import CLIPCore
import TensorCore
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

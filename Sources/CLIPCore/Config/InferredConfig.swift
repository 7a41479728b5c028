import NN
import TensorCore

extension CLIPConfig {
  /// The architecture that the shapes of canonical weights imply, as OpenAI's loader reads it off them.
  ///
  /// Shapes tell neither the activation, which must be known, nor how many heads there are: those of 64 columns are
  /// taken, which holds for all but the largest models. Throws, naming what is missing.
  init(inferredFrom outline: WeightOutline, activation: Activation, file: String) throws(ModelError) {
    func shape(_ name: String, rank: Int) throws(ModelError) -> [Int] {
      guard let shape = outline.shape(name), shape.count == rank, shape.allSatisfy({ $0 > 0 }) else {
        throw .badConfiguration(
          file: file,
          problem: "\(name), from which the architecture is read, is missing or not of rank \(rank)")
      }
      return shape
    }
    func transformer(_ prefix: String, width: Int) throws(ModelError) -> TransformerConfig {
      let blocks = outline.names.compactMap { name in
        name.hasPrefix(prefix) ? Int(name.dropFirst(prefix.count).prefix { $0 != "." }) : nil
      }
      let mlpWidth = try shape("\(prefix)0.mlp.c_fc.weight", rank: 2)[0]
      return TransformerConfig(
        width: width, layers: Set(blocks).count, heads: max(1, width / 64), mlpWidth: mlpWidth,
        activation: activation)
    }
    let patches = try shape("visual.conv1.weight", rank: 4)
    let positions = try shape("visual.positional_embedding", rank: 2)[0] - 1
    let side = Int(Double(positions).squareRoot().rounded())
    guard side * side == positions else {
      throw .badConfiguration(file: file, problem: "its \(positions) position embeddings make no square")
    }
    let context = try shape("positional_embedding", rank: 2)
    self.init(
      vision: VisionConfig(
        imageSize: side * patches[3], patchSize: patches[3],
        transformer: try transformer("visual.transformer.resblocks.", width: patches[0])),
      text: TextConfig(
        contextLength: context[0], vocabularySize: try shape("token_embedding.weight", rank: 2)[0],
        transformer: try transformer("transformer.resblocks.", width: context[1]), pooling: .highestToken),
      embeddingWidth: try shape("text_projection", rank: 2)[1])
    try validate(in: file)
  }
}

/// What is known of weights before they are read.
struct WeightOutline {
  /// Canonical names.
  let names: [String]
  let shape: (String) -> [Int]?
  /// Whether the file is one of OpenAI's own, which have a tensor that no other has, in archives and in state dictionaries
  /// alike.
  let isOpenAI: Bool
}

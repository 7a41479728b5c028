import CLIPCore
import NN
import TensorCore

/// Floating-point operations of a model's matrix products and attention, counted from its architecture as this program
/// carries them out: only the class token leaves the last block of an image tower, no gradient is computed for what is
/// frozen, and backward stops below the lowest trained parameter. What a method adds to a tower is not counted.
public enum ArithmeticCost {
  /// One image through the image tower and its projection.
  public static func image(_ config: CLIPConfig) -> Double {
    let vision = config.vision
    let blocks = (0..<vision.transformer.layers).reduce(0) { $0 + block($1, of: vision).total }
    return patches(vision) + blocks + product(1, vision.transformer.width, config.embeddingWidth)
  }

  /// One text of `tokens` tokens through the text tower and its projection.
  public static func text(_ config: CLIPConfig, tokens: Int) -> Double {
    let one = Block(config.text.transformer, tokens: tokens, queries: tokens)
    return Double(config.text.transformer.layers) * one.total
      + product(1, config.text.transformer.width, config.embeddingWidth)
  }

  /// Forward and backward of one image through a classifier, by what trains in it.
  public static func trainingStep(_ classifier: ImageClassifier) -> Double {
    let vision = classifier.vision
    var total = 0.0
    // Whether what has been computed so far carries a gradient.
    var flows = false
    func multiply(_ forward: Double, by weight: Parameter) {
      total += forward * (1 + (flows ? 1 : 0) + (weight.isTrainable ? 1 : 0))
      flows = flows || weight.isTrainable
    }
    func pass(_ norm: LayerNorm) { flows = flows || norm.weight.isTrainable || norm.bias.isTrainable }
    func pass(_ site: Site) { flows = flows || site.insertion != nil }
    func multiply(_ forward: Double, by linear: Linear) {
      multiply(forward, by: linear.weight)
      flows = flows || linear.update != nil || linear.bias?.isTrainable == true
    }

    multiply(patches(vision.config), by: vision.patchEmbedding)
    pass(vision.patchSite)
    flows = flows || vision.classEmbedding.isTrainable || vision.positionalEmbedding.isTrainable
    pass(vision.preNorm)
    for (layer, block) in vision.blocks.enumerated() {
      let cost = Self.block(layer, of: vision.config)
      flows = flows || vision.prompts[layer] != nil
      pass(block.norm1)
      pass(block.norm1Site)
      multiply(cost.qkv, by: block.qkv)
      pass(block.qkvSite)
      total += cost.attention * (flows ? 3 : 1)
      multiply(cost.output, by: block.attentionOutput)
      pass(block.attentionOutputSite)
      pass(block.attentionBranch)
      pass(block.norm2)
      pass(block.norm2Site)
      multiply(cost.fc1, by: block.fc1)
      pass(block.fc1Site)
      multiply(cost.fc2, by: block.fc2)
      pass(block.fc2Site)
      pass(block.mlpBranch)
    }
    pass(vision.postNorm)
    pass(vision.finalNormSite)
    multiply(
      product(1, classifier.config.vision.transformer.width, classifier.config.embeddingWidth),
      by: vision.projection)
    multiply(
      product(1, classifier.config.embeddingWidth, classifier.headBias.count), by: classifier.headWeight)
    return total
  }

  /// The products of one block, forward.
  private struct Block {
    let qkv, attention, output, fc1, fc2: Double

    /// All of `tokens` are attended to; only the first `queries` leave the block.
    init(_ config: TransformerConfig, tokens: Int, queries: Int) {
      let width = config.width
      qkv = product(tokens, width, 3 * width)
      attention = 2 * product(queries, width, tokens)
      output = product(queries, width, width)
      fc1 = product(queries, width, config.mlpWidth)
      fc2 = fc1
    }

    var total: Double { qkv + attention + output + fc1 + fc2 }
  }

  private static func block(_ layer: Int, of vision: VisionConfig) -> Block {
    let tokens = 1 + vision.patches
    let isLast = layer == vision.transformer.layers - 1
    return Block(vision.transformer, tokens: tokens, queries: isLast ? 1 : tokens)
  }

  private static func patches(_ vision: VisionConfig) -> Double {
    product(vision.patches, 3 * vision.patchSize * vision.patchSize, vision.transformer.width)
  }

  /// `rows` vectors of `inputs` elements times a matrix with `outputs` columns.
  private static func product(_ rows: Int, _ inputs: Int, _ outputs: Int) -> Double {
    2 * Double(rows) * Double(inputs) * Double(outputs)
  }
}

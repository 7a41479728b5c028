import NN
import TensorCore

/// n learned tokens of a block.
final class LearnedTokens: PromptTokens {
  let use: PromptUse
  private let tokens: Parameter
  private let dropout: Float
  private let path: String

  /// Starts uniformly in ±√(6 / (elements of a patch + width)), as VPT's code does.
  init(
    _ scope: ParameterScope, count: Int, tower: any PromptableTower, dropout: Float, use: PromptUse
  ) {
    let bound = (6 / Float(tower.patchElements + tower.width)).squareRoot()
    tokens = scope.parameter("tokens", [count, tower.width], .uniform(bound: bound), trainable: true)
    self.dropout = dropout
    self.use = use
    path = scope.path
  }

  var count: Int { tokens.shape[0] }

  /// The mask is that of the batch, not of an image.
  func tokens(context: ForwardContext) -> Variable {
    guard context.isTraining, dropout > 0 else { return tokens.variable }
    return tokens.variable.reshaped([1] + tokens.shape).dropout(dropout, seeds: [context.seed(at: path)])
      .reshaped(tokens.shape)
  }
}

extension Adaptation {
  /// The towers, of which each must take learned tokens.
  func promptableTowers(for method: String) throws(MethodError) -> [any PromptableTower] {
    let promptable = towers.compactMap { $0 as? any PromptableTower }
    guard promptable.count == towers.count else {
      throw .unfit("\(method) puts tokens before those of images; it has no form for the text tower.")
    }
    return promptable
  }
}

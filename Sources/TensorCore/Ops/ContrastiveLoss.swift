extension Variable {
  /// CLIP's symmetric contrastive loss (Radford et al. 2021); a scalar.
  ///
  /// images, texts: [batch, dim], L2-normalised; row i of one belongs to row i of the other. logitScale: a scalar, the
  /// logarithm of the factor on the similarities.
  public static func contrastiveLoss(images: Variable, texts: Variable, logitScale: Variable) -> Variable {
    precondition(texts.shape == images.shape && images.shape[0] > 0)
    let targets = Tensor((0..<Int32(images.shape[0])).map { $0 }, shape: [images.shape[0]])
    let scale = logitScale.exponential()
    return 0.5
      * (similarities(images, texts, scale: scale).crossEntropy(targets: targets)
        + similarities(texts, images, scale: scale).crossEntropy(targets: targets))
  }

  /// scale · rows · columnsᵀ: similarities of each of `rows` [n, dim] to each of `columns` [m, dim], L2-normalised: [n, m].
  /// scale: a scalar.
  public static func similarities(_ rows: Variable, _ columns: Variable, scale: Variable) -> Variable {
    rows.multiplied(by: columns, otherTransposed: true).multiplied(byScalar: scale)
  }
}

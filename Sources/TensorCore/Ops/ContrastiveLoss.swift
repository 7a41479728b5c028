import Foundation

extension Variable {
  /// CLIP's symmetric contrastive loss (Radford et al. 2021); a scalar.
  ///
  /// images, texts: [batch, dim], L2-normalised; row i of one belongs to row i of the other. logitScale: a scalar, the
  /// logarithm of the factor on the similarities.
  public static func contrastiveLoss(images: Variable, texts: Variable, logitScale: Variable) -> Variable {
    let (batch, dim) = (images.shape[0], images.shape[1])
    precondition(texts.shape == images.shape && batch > 0)
    let backend = Compute.backend
    let scale = exp(logitScale.value.item)
    let square = MultiplyOptions(m: batch, n: batch, k: dim)
    let targets = Tensor((0..<Int32(batch)).map { $0 }, shape: [batch])
    let keep = images.needsGradient || texts.needsGradient || logitScale.needsGradient

    // One direction: scaled similarities of `rows` to `columns`, their loss and its gradient.
    func direction(
      _ rows: Tensor, _ columns: Tensor
    ) -> (loss: Double, similarity: Tensor, dlogits: Tensor?) {
      let logits = Tensor(uninitialized: [batch, batch])
      backend.multiply(logits, MatrixOperand(rows), MatrixOperand(columns, transposed: true), square)
      backend.scale(logits, logits, by: scale)
      let losses = Tensor(uninitialized: [batch])
      let dlogits = keep ? Tensor(uninitialized: [batch, batch]) : nil
      backend.crossEntropy(losses, dlogits: dlogits, logits, targets: targets)
      return (losses.mean, logits, dlogits)
    }
    let byImage = direction(images.value, texts.value)
    let byText = direction(texts.value, images.value)
    let loss = Tensor(scalar: Float((byImage.loss + byText.loss) / 2))
    guard let dByImage = byImage.dlogits, let dByText = byText.dlogits else { return Variable(loss) }
    let logitsByImage = byImage.similarity
    let logitsByText = byText.similarity

    return .record(loss, inputs: [images, texts, logitScale]) { dy in
      let factor = dy.item / Float(2 * batch)
      // d/d(log scale) of a logit is the logit itself.
      let dscale = factor * (backend.dot(dByImage, logitsByImage) + backend.dot(dByText, logitsByText))
      logitScale.node?.add(Tensor([dscale], shape: logitScale.shape))
      backend.scale(dByImage, dByImage, by: factor * scale)
      backend.scale(dByText, dByText, by: factor * scale)
      let options = MultiplyOptions(m: batch, n: dim, k: batch)
      func pass(to variable: Variable, other: Tensor, own: Tensor, crossed: Tensor) {
        variable.node?.addInto(variable.shape) { sum, fresh in
          var options = options
          options.accumulate = !fresh
          backend.multiply(sum, MatrixOperand(own), MatrixOperand(other), options)
          options.accumulate = true
          backend.multiply(sum, MatrixOperand(crossed, transposed: true), MatrixOperand(other), options)
        }
      }
      pass(to: images, other: texts.value, own: dByImage, crossed: dByText)
      pass(to: texts, other: images.value, own: dByText, crossed: dByImage)
    }
  }
}

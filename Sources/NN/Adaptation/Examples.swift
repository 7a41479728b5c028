import TensorCore

/// Training images, for methods that look at them before they train or keep some of what they see.
public protocol Examples: AnyObject {
  var count: Int { get }
  /// Shows all images to the image tower as it stands, in parts: `visit` gets the L2-normalised embeddings of a part,
  /// [part, embedding width], and its classes. Shows none where a model is made ready that brings along what was found.
  /// Throws what reading images throws.
  func show(
    in context: ForwardContext, _ visit: (_ embeddings: Tensor, _ labels: [Int32]) -> Void) throws
}

extension Examples {
  /// Embeddings [count, embedding width] by the model before it was changed, and classes; nil where no image is shown.
  public func embedded() throws -> (embeddings: Tensor, labels: [Int32])? {
    var result: Tensor?
    var labels: [Int32] = []
    try show(in: .inference(alpha: 0)) { part, classes in
      let embeddings = result ?? Tensor(uninitialized: [count, part.shape[1]])
      result = embeddings
      embeddings.rows(labels.count..<labels.count + classes.count).mutableBytes.copyMemory(from: part.bytes)
      labels += classes
    }
    return result.map { ($0, labels) }
  }
}

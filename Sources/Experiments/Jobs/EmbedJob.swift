import CLIPCore
import Checkpoint
import Datasets
import TensorCore
import Training

/// Embeddings of images and texts, as a model projects them.
public struct EmbedJob {
  public let model: PretrainedModel
  public let images: (any ImageDataset)?
  public let texts: [String]?
  /// Whether every row is L2-normalised.
  public let normalizes: Bool

  private static let imagesPerBatch = 32
  private static let textsPerBatch = 256

  public init(model: PretrainedModel, images: (any ImageDataset)?, texts: [String]?, normalizes: Bool) {
    self.model = model
    self.images = images
    self.texts = texts
    self.normalizes = normalizes
  }

  /// Images and texts to encode.
  public var work: Int { (images?.count ?? 0) + (texts?.count ?? 0) }

  /// `image_embeddings` [images, width] and `text_embeddings` [texts, width], rows in the order given, with the paths
  /// of the images, a JSON array, as metadata `paths`. Throws at the first image that cannot be read.
  public func execute(observer: WorkObserver = .init()) throws -> StateDict {
    var state = StateDict(metadata: ["normalized": String(normalizes)])
    if let images {
      state.metadata["paths"] = JSONFormat.line(images.paths)
      // Each image is seen once: memory keeps none.
      let prepared = try PreparedDataset(
        dataset: images, preprocessing: model.preprocessing,
        caches: ImageCaches(memory: ImageMemory(limit: 0), disk: ImageCaches.current.disk))
      state["image_embeddings"] = try embeddings(images.count, perBatch: Self.imagesPerBatch, observer) {
        model.clip.encodeImages(try prepared.batch($0).images)
      }
    }
    if let texts {
      let length = model.clip.config.text.contextLength
      state["text_embeddings"] = try embeddings(texts.count, perBatch: Self.textsPerBatch, observer) {
        range in
        let tokens = texts[range].flatMap { model.tokenizer.tokens(for: $0, contextLength: length) }
        return try model.clip.encodeTexts(Tensor(tokens, shape: [range.count, length]))
      }
    }
    return state
  }

  private func embeddings(
    _ count: Int, perBatch: Int, _ observer: WorkObserver, _ encode: (Range<Int>) throws -> Variable
  ) throws -> Tensor {
    let all = Tensor(uninitialized: [count, model.clip.config.embeddingWidth])
    for start in stride(from: 0, to: count, by: perBatch) {
      if observer.shouldStop() { throw WorkStopped() }
      let range = start..<min(start + perBatch, count)
      let encoded = try encode(range)
      let rows = (normalizes ? encoded.l2Normalized() : encoded).value
      withExtendedLifetime(rows) { all.rows(range).mutableBytes.copyMemory(from: rows.bytes) }
      observer.onProgress(range.count)
    }
    return all
  }
}

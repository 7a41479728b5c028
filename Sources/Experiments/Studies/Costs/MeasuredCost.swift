import Foundation
import TensorCore
import Training

/// What a kind of run takes on this machine, with the threads that it was measured with.
struct MeasuredCost: Codable, Sendable, Equatable {
  /// Seconds before the first step that do not depend on the number of images.
  var start: Double
  /// Seconds for what is computed once of every training image, as where the tower is frozen.
  var once: Double
  /// Seconds for a training image in an epoch.
  var training: Double
  /// Seconds for an image that is scored: what is the same at every alpha, and what every alpha adds.
  var scoring, alpha: Double
  /// Largest resident memory, in MiB.
  var memory: Int
  /// Bytes of what a finished run keeps besides lists of images and predictions.
  var weights: Int
  /// Bytes of an image's features by the pre-trained tower, which runs with the same images share.
  var features: Int
  /// Whether the tower is left as it is, so that no image is passed through it at more than one alpha.
  var isFrozen: Bool

  /// What runs have in common that take alike: their method, but not its options, their model, and how they compute.
  struct Kind: Codable, Hashable, Sendable {
    let method, model: String
    let imageSize: Int?
    let batch, micro: Int
    let augmented: Bool
    let recompute: Bool
    let precision: Precision
    let threads: Int

    init(_ spec: RunSpec) {
      method = spec.method.name
      model = spec.model
      imageSize = spec.imageSize
      batch = spec.settings.batch.size
      micro = spec.settings.batch.micro ?? spec.settings.batch.size
      augmented = spec.settings.augmentation != nil
      recompute = spec.settings.batch.recompute
      precision = spec.precision
      threads = threadCount
    }
  }

  /// How many images a run trains on, looks at after each epoch, and is scored on.
  struct Size: Hashable, Sendable {
    let training, validation, scored: Int
    let epochs, alphas: Int
    /// Whether the pre-trained weights are among the alphas.
    let hasStart: Bool
  }

  func seconds(_ size: Size) -> Double {
    let training = Double(size.training) * (once + training * Double(size.epochs))
    let validation = Double(size.validation * size.epochs) * (scoring + alpha)
    // What the pre-trained tower says of the images, one run computes for all.
    let moving = size.alphas - (size.hasStart && !isFrozen ? 1 : 0)
    return start + training + validation + Double(size.scored) * (scoring + alpha * Double(moving))
  }

  /// Bytes of the features that runs with the same images share.
  func sharedBytes(_ size: Size) -> Int {
    let trained = isFrozen ? size.training + size.validation : 0
    return features * (trained + (isFrozen || size.hasStart ? size.scored : 0))
  }

  /// Bytes that a run leaves on disk: weights, lists of images, and what was said of every image at every alpha.
  func bytes(_ size: Size) -> Int {
    let lists = 120 * (size.training + size.validation + 2 * size.scored)
    return weights + lists + 8 * size.scored * size.alphas
  }
}

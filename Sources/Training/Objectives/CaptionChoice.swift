import TensorCore

/// Which template names an image's class in an epoch.
package struct CaptionChoice: Sendable {
  private let seed: UInt64

  package init(seed: UInt64) { self.seed = SeededRandom.seed(seed, named: "captions") }

  /// Of `templates`, for an image of the training set.
  package func template(image: Int, epoch: Int, templates: Int) -> Int {
    var random = SeededRandom(SeededRandom.seed(seed, UInt64(epoch)), UInt64(image))
    return random.int(below: templates)
  }
}

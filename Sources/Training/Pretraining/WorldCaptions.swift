import Datasets
import ImageCodec
import TensorCore

/// The embedded world's endless stream of captioned images, drawn as they are needed.
public struct WorldCaptions: CaptionedImages {
  private let world: World
  private let preprocessing: Preprocessing

  public init(seed: UInt64, preprocessing: Preprocessing) {
    world = World(seed: seed, size: preprocessing.size)
    self.preprocessing = preprocessing
  }

  public var name: String { "embedded world, seed \(world.seed)" }
  public var captions: [String] { World.pretrainingCaptions }

  public func batch(step: Int, size: Int) -> (images: Tensor, captions: [String]) {
    let images = Tensor(uninitialized: [size, 3, preprocessing.size, preprocessing.size])
    let captions = CaptionSlots(count: size)
    parallelFor(count: size) { range in
      for row in range {
        let sample = world.captioned(index: step * size + row)
        preprocessing.normalize(sample.image, into: images.row(row))
        captions.set(sample.caption, at: row)
      }
    }
    return (images, captions.all)
  }
}

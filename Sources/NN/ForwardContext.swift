import TensorCore

/// What a forward pass needs to know beyond its input.
public struct ForwardContext: Sendable {
  /// Whether dropout, drop path and patch dropout act.
  public let isTraining: Bool
  /// Changes with every step; random masks are derived from it, the place they act at, and the image.
  public let seed: UInt64
  /// What an image of the batch is known by, such as its place in the dataset: its masks are the same in whichever part
  /// of a batch it is computed. Nil numbers images as they come.
  public let images: [UInt64]?
  /// Drop-path probability of the last block; it grows linearly from 0 over the blocks.
  public let dropPath: Float
  /// How many of each image's patches are left out in training: 0 up to, but not including, 1.
  public let patchDropout: Double
  /// Arithmetic of the products inside blocks.
  public let precision: Precision
  /// Whether blocks keep only their input for backward and are computed anew there: less memory, a third more time.
  public let recomputes: Bool
  /// How far the model stands between what it was before fine-tuning (0) and what it is after it (1): the share of what
  /// inserted modules and prompts contribute. At 0 they are left out, at 1 nothing is scaled, bit for bit.
  public private(set) var alpha: Float
  /// By place, where alpha is not the same everywhere.
  public let gates: Gates?
  /// Whether the last block computes every token, though only the class token is read.
  public let computesEveryToken: Bool

  public static var inference: ForwardContext { ForwardContext(isTraining: false, seed: 0) }

  public init(
    isTraining: Bool, seed: UInt64, images: [UInt64]? = nil, dropPath: Float = 0, patchDropout: Double = 0,
    precision: Precision = Compute.precision,
    recomputes: Bool = false, alpha: Float = 1, gates: Gates? = nil, computesEveryToken: Bool = false
  ) {
    self.isTraining = isTraining
    self.seed = seed
    self.images = images
    self.dropPath = dropPath
    self.patchDropout = patchDropout
    self.precision = precision
    self.recomputes = recomputes
    self.alpha = alpha
    self.gates = gates
    self.computesEveryToken = computesEveryToken
  }

  /// At rest, between pre-trained (0) and fine-tuned (1).
  public static func inference(alpha: Float) -> ForwardContext {
    ForwardContext(isTraining: false, seed: 0, alpha: alpha)
  }

  /// At rest, each place at its own.
  public static func inference(gates: Gates) -> ForwardContext {
    ForwardContext(isTraining: false, seed: 0, gates: gates)
  }

  /// The same with the alpha of a block, or of what is outside the blocks of a tower.
  public func at(_ tower: TowerKind, block: Int?) -> ForwardContext {
    at { $0.alpha(tower, block: block) }
  }

  /// The same with the alpha of a layer's place.
  public func at(_ place: Place) -> ForwardContext { at(place.tower, block: place.block) }

  /// The same with the alpha of what takes the place of the head.
  public var atHead: ForwardContext { at(\.head) }

  private func at(_ gate: (Gates) -> Float) -> ForwardContext {
    guard let gates else { return self }
    var context = self
    context.alpha = gate(gates)
    return context
  }

  /// What lies between a value without a module and the value with it.
  public func between(_ without: Variable, _ with: Variable) -> Variable {
    alpha == 1 ? with : (1 - alpha) * without + alpha * with
  }

  /// A seed for the mask at `place`, different at each step and place.
  public func seed(at place: String) -> UInt64 { SeededRandom.seed(seed, named: place) }

  /// A seed for each of `count` images' masks at `place`.
  public func seeds(at place: String, count: Int) -> [UInt64] {
    let here = seed(at: place)
    guard let images else { return (0..<count).map { SeededRandom.seed(here, UInt64($0)) } }
    precondition(images.count == count, "every image of the batch is known")
    return images.map { SeededRandom.seed(here, $0) }
  }
}

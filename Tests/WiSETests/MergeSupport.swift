import Checkpoint
import Foundation
import TensorCore
import TestSupport
import WiSE

/// Models to be merged: the fixtures' or random ones.
struct Models {
  var base: StateDict
  var models: [StateDict]
  var fishers: [StateDict] = []

  static let shapes: [(String, [Int])] = [
    ("visual.class_embedding", [6]), ("visual.transformer.resblocks.0.attn.in_proj_weight", [18, 6]),
    ("visual.transformer.resblocks.1.mlp.c_fc.weight", [9, 6]), ("transformer.resblocks.0.ln_1.weight", [7]),
    ("text_projection", [7, 5]), ("logit_scale", []), ("classification_head.weight", [4, 5]),
    // More than one run of elements on the thread team.
    ("token_embedding.weight", [300, 240]),
  ]

  init(base: StateDict, models: [StateDict], fishers: [StateDict] = []) {
    (self.base, self.models, self.fishers) = (base, models, fishers)
  }

  /// Random models around a base.
  init(_ count: Int, seed: UInt64 = 1) {
    func state(_ seed: UInt64, _ number: (inout SeededRandom) -> Float) -> StateDict {
      StateDict(
        Self.shapes.map { name, shape in
          var random = SeededRandom(SeededRandom.seed(seed, named: name))
          return (name, Tensor((0..<shape.reduce(1, *)).map { _ in number(&random) }, shape: shape))
        })
    }
    let base = state(seed) { $0.normal() }
    self.base = base
    models = (0..<count).map { index in
      let change = state(seed + 1 + UInt64(index)) { 0.1 * $0.normal() }
      return StateDict(
        base.map { name, tensor in
          (name, Tensor(zip(tensor.array, change[name]?.array ?? []).map { $0 + $1 }, shape: tensor.shape))
        })
    }
    fishers = (0..<count).map { index in state(seed + 100 + UInt64(index)) { $0.uniform() } }
  }

  /// With what the method needs.
  func merge(_ method: any MergeMethod) throws -> ModelMerge {
    let needs = type(of: method).needs
    return try ModelMerge(
      method, models: models.enumerated().map { MergeInput("model\($0)", $1) },
      base: needs.contains(.base) ? MergeInput("base", base) : nil,
      fishers: needs.contains(.fisher) ? fishers.enumerated().map { MergeInput("fisher\($0)", $1) } : [])
  }

  /// All tensors of the merged model. Methods that look at images are told that all mixtures are equally good.
  func merged(_ method: any MergeMethod, score: MixtureScorer? = nil) throws -> StateDict {
    let merge = try merge(method)
    let even: MixtureScorer = { _ in MixtureScore(correct: 1, images: 2, crossEntropy: 0.5) }
    let coefficients = try merge.coefficients(
      score: type(of: method).needs.contains(.validation) ? score ?? even : nil)
    return StateDict(try merge.names.map { ($0, try merge.tensor($0, coefficients).tensor) })
  }

  func merged(_ name: String, _ options: [String: String] = [:]) throws -> StateDict {
    try merged(MergeMethodRegistry.method(named: name, options: options))
  }
}

extension StateDict {
  /// Bytes by name.
  var contents: [String: [UInt8]] {
    Dictionary(uniqueKeysWithValues: map { ($0.name, storedBytes(of: $0.tensor)) })
  }
}

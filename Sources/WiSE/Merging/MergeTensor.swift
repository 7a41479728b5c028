import Checkpoint
import TensorCore

/// One tensor of all models that are merged; each model's is read when it is asked for, and kept by nobody.
public struct MergeTensor {
  public let name: String
  public let shape: [Int]
  /// Where it stands in its tower; nil outside the blocks.
  public let place: BlockPlace?
  let models: [MergeInput]
  let baseModel: MergeInput?
  let fishers: [MergeInput]

  /// Elements of the tensor.
  public var elements: Int { shape.reduce(1, *) }

  /// Number of models, the base not among them.
  public var count: Int { models.count }

  /// Whether it is a matrix within the towers: neither the head nor the text projection, which stand for classes and for
  /// what both towers share.
  var isTowerMatrix: Bool {
    shape.count == 2 && name != "text_projection" && !name.hasPrefix("classification_head.")
  }

  public func model(_ index: Int) throws -> Tensor { try models[index].weights(name) }

  public func base() throws -> Tensor {
    guard let baseModel else { throw WiSEError.noBase }
    return try baseModel.weights(name)
  }

  /// What fine-tuning did: a model's weights less the base's, which are `base`.
  public func delta(_ index: Int, from base: Tensor) throws -> Tensor {
    let weights = try model(index)
    return Elements.map(shape) { range, output in
      let (a, b) = (weights.floats, base.floats)
      for i in range { output[i] = a[i] - b[i] }
    }
  }

  /// The diagonal of a model's Fisher information.
  func fisher(_ index: Int) throws -> Tensor {
    let fisher = try fishers[index].weights(name)
    guard fisher.floats.allSatisfy({ $0 >= 0 }) else {
      throw WiSEError.negativeFisher(file: fishers[index].label, tensor: name)
    }
    return fisher
  }

  /// The sum of the models' weights, each times its coefficient; those of coefficient 0 are not read.
  public func mixture(_ coefficients: [Double]) throws -> Tensor {
    let sums = ElementSums(elements)
    for (index, coefficient) in coefficients.enumerated() where coefficient != 0 {
      sums.add(try model(index), times: coefficient)
    }
    return sums.tensor(shape)
  }

  /// base + scale · Σ wᵢ · (θᵢ − base), for `base` as it was read.
  func taskArithmetic(_ weights: [Double], scale: Double, base: Tensor) throws -> Tensor {
    let sums = ElementSums(elements)
    for (index, weight) in weights.enumerated() where weight != 0 {
      sums.add(try delta(index, from: base), times: weight)
    }
    return sums.tensor(shape, times: scale, plus: base)
  }
}

/// A tensor of the merged model.
public struct MergedTensor {
  public let tensor: Tensor
  /// By what the task vectors of this tensor were multiplied, where a method finds that for each tensor; for records.
  public let factor: Double?

  public init(_ tensor: Tensor, factor: Double? = nil) {
    self.tensor = tensor
    self.factor = factor
  }
}

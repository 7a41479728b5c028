import TensorCore

/// TSV-Merge: of each model's change of a matrix, the largest 1/T of the singular values with their vectors, T being the number of
/// models; the vectors of all, side by side, are replaced by the nearest that are orthonormal, and all are added up again.
///
/// Everything else, the text projection, the head, and matrices with fewer rows or columns than there are models, is averaged.
public struct TSVMerge: MergeMethod {
  public var scale: Float = 1

  public static let name = "tsv-m"
  public static let summary =
    "The base plus each model's largest singular directions of the matrices' changes, made orthogonal; the rest is averaged."
  public static let citation =
    "Gargiulo et al., Task Singular Vectors: Reducing Task Interference in Model Merging, CVPR 2025"
  public static let options: [MethodOption<TSVMerge>] = [
    MethodOption("scale", \.scale, -100...100, "by what the merged task vector is multiplied")
  ]
  public static let needs: MergeNeeds = .base

  public init() {}

  /// Task vectors are summed.
  public func coefficients(_ setting: MergeSetting) -> MergeCoefficients {
    MergeCoefficients(Array(repeating: 1, count: setting.count))
  }

  public func merge(_ tensor: MergeTensor, _ coefficients: MergeCoefficients) throws -> MergedTensor {
    let base = try tensor.base()
    let kept = (tensor.shape.min() ?? 0) / tensor.count
    guard tensor.isTowerMatrix, kept > 0 else {
      return MergedTensor(try tensor.meanTaskVector(scale: Double(scale), base: base))
    }
    let (rows, columns, width) = (tensor.shape[0], tensor.shape[1], kept * tensor.count)
    // Vectors as rows, so that each model's lie together.
    let (left, right) = (Tensor(zeros: [width, rows]), Tensor(zeros: [width, columns]))
    var values: [Float] = []
    for index in 0..<tensor.count {
      let delta = try tensor.delta(index, from: base)
      let found = try delta.isAllZero ? nil : SingularValues(of: delta)
      let largest = found?.s.array.prefix(kept) ?? []
      // The vectors of values that are nothing but rounding could be any, and must not push the others aside.
      let real = largest.prefix { $0 > largest[0] * Float(max(rows, columns)) * .ulpOfOne }
      values += real + Array(repeating: 0, count: kept - real.count)
      guard let found else { continue }
      let own = index * kept..<index * kept + real.count
      left.rows(own).mutableBytes.copyMemory(from: found.u.transposedMatrix.rows(0..<real.count).bytes)
      right.rows(own).mutableBytes.copyMemory(from: found.vt.rows(0..<real.count).bytes)
    }
    guard values.contains(where: { $0 != 0 }) else { return MergedTensor(base) }
    let change = try left.nearestOrthonormal().transposedMatrix.columnsScaled(by: values)
      .times(right.nearestOrthonormal())
    return MergedTensor(sum(base, change, times: Double(scale)))
  }
}

extension Tensor {
  /// U · Vᵀ of the decomposition: the nearest matrix with orthonormal rows.
  fileprivate func nearestOrthonormal() throws -> Tensor {
    let found = try SingularValues(of: self)
    return found.u.times(found.vt)
  }

  fileprivate var transposedMatrix: Tensor {
    let (rows, columns) = (shape[0], shape[1])
    return Elements.map([columns, rows]) { range, output in
      let input = floats
      for i in range { output[i] = input[i % rows * columns + i / rows] }
    }
  }
}

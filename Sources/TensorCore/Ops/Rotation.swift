extension Variable {
  /// Rotations by Cayley's map of skew-symmetric matrices: R = (I − Q)(I + Q)⁻¹ (Cayley 1846; Qiu et al. 2023).
  ///
  /// self: [blocks, size · (size − 1) / 2], the elements above the diagonal of each Q, row by row → [blocks, size, size].
  public func cayleyRotations(size: Int) -> Variable {
    let blocks = shape[0]
    precondition(shape[1] == size * (size - 1) / 2, "\(shape) for blocks of \(size)")
    let rotations = Tensor(uninitialized: [blocks, size, size])
    // P = (I + Q)⁻¹; R = 2P − I.
    let inverses = (0..<blocks).map { block -> [Double] in
      let inverse = Self.inverse(Self.identityPlusSkew(value.rows(block..<block + 1).array, size), size)
      let out = rotations.rows(block..<block + 1).mutableFloats
      for i in 0..<size * size { out[i] = Float(2 * inverse[i] - (i / size == i % size ? 1 : 0)) }
      return inverse
    }
    return .record(rotations, inputs: [self]) { [node, shape] dy in
      // dR = −2 P dQ P, so that the gradient of Q is −2 Pᵀ G Pᵀ, of which the skew part counts.
      let gradient = Tensor(uninitialized: shape)
      for block in 0..<blocks {
        let p = inverses[block]
        let g = dy.rows(block..<block + 1).array.map(Double.init)
        let q = Self.transposedProduct(p, g, size)
        let out = gradient.rows(block..<block + 1).mutableFloats
        var next = 0
        for i in 0..<size {
          for j in i + 1..<max(size, i + 1) {
            out[next] = Float(-2 * (q[i * size + j] - q[j * size + i]))
            next += 1
          }
        }
      }
      node?.add(gradient)
    }
  }

  private static func identityPlusSkew(_ upper: [Float], _ size: Int) -> [Double] {
    var matrix = [Double](repeating: 0, count: size * size)
    var next = 0
    for i in 0..<size {
      matrix[i * size + i] = 1
      for j in i + 1..<max(size, i + 1) {
        matrix[i * size + j] = Double(upper[next])
        matrix[j * size + i] = -Double(upper[next])
        next += 1
      }
    }
    return matrix
  }

  /// By Gauss and Jordan; I + Q is never singular, and needs no pivoting, as its symmetric part is the identity.
  private static func inverse(_ matrix: [Double], _ size: Int) -> [Double] {
    var a = matrix
    var inverse = [Double](repeating: 0, count: size * size)
    for i in 0..<size { inverse[i * size + i] = 1 }
    for column in 0..<size {
      let pivot = 1 / a[column * size + column]
      for k in 0..<size {
        a[column * size + k] *= pivot
        inverse[column * size + k] *= pivot
      }
      for row in 0..<size where row != column {
        let factor = a[row * size + column]
        guard factor != 0 else { continue }
        for k in 0..<size {
          a[row * size + k] -= factor * a[column * size + k]
          inverse[row * size + k] -= factor * inverse[column * size + k]
        }
      }
    }
    return inverse
  }

  /// Pᵀ · G · Pᵀ
  private static func transposedProduct(_ p: [Double], _ g: [Double], _ size: Int) -> [Double] {
    func product(_ a: (Int, Int) -> Double, _ b: (Int, Int) -> Double) -> [Double] {
      var result = [Double](repeating: 0, count: size * size)
      for i in 0..<size {
        for k in 0..<size {
          let factor = a(i, k)
          for j in 0..<size { result[i * size + j] += factor * b(k, j) }
        }
      }
      return result
    }
    let left = product({ p[$1 * size + $0] }, { g[$0 * size + $1] })
    return product({ left[$0 * size + $1] }, { p[$1 * size + $0] })
  }

  /// W · diag(R₀, R₁, …)ᵀ for a constant W [rows, blocks · size] and rotations self [blocks, size, size].
  public func rotating(_ weight: Tensor) -> Variable {
    let (blocks, size, rows) = (shape[0], shape[1], weight.shape[0])
    precondition(weight.shape[1] == blocks * size, "\(weight.shape) for \(shape)")
    let y = Tensor(uninitialized: weight.shape)
    let backend = Compute.backend
    func runs(_ tensor: Tensor, _ block: Int) -> StridedRuns {
      StridedRuns(tensor, offset: block * size, stride: blocks * size)
    }
    func matrix(_ tensor: Tensor, _ block: Int) -> Tensor {
      tensor.rows(block..<block + 1).reshaped([size, size])
    }
    let part = Tensor(uninitialized: [rows, size])
    for block in 0..<blocks {
      backend.multiply(
        part, MatrixOperand(weight.columns(block * size..<(block + 1) * size)),
        MatrixOperand(matrix(value, block), transposed: true), MultiplyOptions(m: rows, n: size, k: size))
      backend.copyRuns(runs(y, block), StridedRuns(part, stride: size), length: size, count: rows)
    }
    return .record(y, inputs: [self]) { [node, shape] dy in
      let gradient = Tensor(uninitialized: shape)
      for block in 0..<blocks {
        let columns = block * size..<(block + 1) * size
        Compute.backend.multiply(
          matrix(gradient, block), MatrixOperand(dy.columns(columns), transposed: true),
          MatrixOperand(weight.columns(columns)), MultiplyOptions(m: size, n: size, k: rows))
      }
      node?.add(gradient)
    }
  }
}

extension Variable {
  /// Mean cross entropy of logits [rows, classes] against a distribution over classes for each row, [rows, classes]; a
  /// scalar (Szegedy et al. 2016; PyTorch's `cross_entropy` of class probabilities).
  ///
  /// Where a distribution is 0, the logit may be −∞. Nothing asks rows to add up to 1.
  /// - Precondition: the shapes are equal.
  public func crossEntropy(distribution: Tensor) -> Variable {
    precondition(distribution.shape == shape, "a distribution \(distribution.shape) for logits \(shape)")
    let (rows, classes) = (shape[0], shape[1])
    let mean = Tensor(scalar: Float(Self.softLosses(value, distribution).mean))
    guard needsGradient else { return Variable(mean) }
    let probabilities = value.softmax()
    return .record(mean, inputs: [self]) { [node] dy in
      // softmax · Σ p − p: Σ p is 1 but for rounding, where it is a distribution.
      let factor = dy.item / Float(max(1, rows))
      let dlogits = Tensor(uninitialized: [rows, classes])
      let (out, s, p) = (dlogits.mutableFloats, probabilities.floats, distribution.floats)
      withExtendedLifetime((probabilities, distribution)) {
        for row in 0..<rows {
          let columns = row * classes..<(row + 1) * classes
          let total = columns.reduce(into: 0.0) { $0 += Double(p[$1]) }
          for i in columns { out[i] = factor * (Float(total) * s[i] - p[i]) }
        }
      }
      node?.add(dlogits)
    }
  }

  /// Mean cross entropy against class indices `i32` [rows], of which a share `labelSmoothing` is spread evenly over all
  /// classes, the right one included (PyTorch's `label_smoothing`); a scalar.
  /// - Precondition: every target is in 0..<classes.
  public func crossEntropy(targets: Tensor, labelSmoothing: Float) -> Variable {
    guard labelSmoothing > 0 else { return crossEntropy(targets: targets) }
    return crossEntropy(
      distribution: .distribution(
        labels: targets.intArray, classes: shape[1], smoothing: Double(labelSmoothing)))
  }

  /// Σ p · (log Σ e^logits − logit) of each row. Taken from the largest logit, no difference is of large numbers.
  private static func softLosses(_ logits: Tensor, _ distribution: Tensor) -> Tensor {
    let (rows, classes) = (logits.shape[0], logits.shape[1])
    let largest = logits.argmaxByRow()
    let losses = Tensor(uninitialized: [rows])
    Compute.backend.crossEntropy(
      losses, dlogits: nil, logits, targets: Tensor(largest.map { Int32($0) }, shape: [rows]))
    withExtendedLifetime((logits, distribution)) {
      let (x, p, out) = (logits.floats, distribution.floats, losses.mutableFloats)
      for row in 0..<rows {
        let top = Double(x[row * classes + largest[row]])
        let ofLargest = Double(out[row])
        var loss = 0.0
        for i in row * classes..<(row + 1) * classes where p[i] != 0 {
          loss += Double(p[i]) * (ofLargest + (top - Double(x[i])))
        }
        out[row] = Float(loss)
      }
    }
    return losses
  }
}

extension Tensor {
  /// Class labels as distributions [rows, classes]: 1 − s of each goes to its class, s evenly to all classes.
  /// - Precondition: every label is in 0..<classes.
  public static func distribution(labels: [Int32], classes: Int, smoothing: Double = 0) -> Tensor {
    precondition(labels.allSatisfy { $0 >= 0 && Int($0) < classes }, "label out of range")
    let off = smoothing / Double(max(1, classes))
    let result = Tensor(uninitialized: [labels.count, classes])
    let values = result.mutableFloats
    values.update(repeating: Float(off))
    for (row, label) in labels.enumerated() {
      values[row * classes + Int(label)] = Float(1 - smoothing + off)
    }
    return result
  }
}

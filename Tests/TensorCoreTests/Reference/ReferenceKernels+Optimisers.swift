import Foundation
import TensorCore

/// Weights and optimiser state after a step.
extension ReferenceKernels {
  static func adamW(
    weights: [Double], first: [Double], second: [Double], gradient: [Double], _ step: AdamWStep
  ) -> (weights: [Double], first: [Double], second: [Double]) {
    let (beta1, beta2) = (Double(step.beta1), Double(step.beta2))
    let rate = Double(step.learningRate)
    let firstCorrection = 1 - pow(beta1, Double(step.step))
    let secondCorrection = 1 - pow(beta2, Double(step.step))
    var result = (weights: weights, first: first, second: second)
    for index in weights.indices {
      let g = Double(step.gradientScale) * gradient[index]
      result.first[index] = beta1 * first[index] + (1 - beta1) * g
      result.second[index] = beta2 * second[index] + (1 - beta2) * g * g
      let decayed = weights[index] - rate * Double(step.weightDecay) * weights[index]
      let mean = result.first[index] / firstCorrection
      let deviation = (result.second[index] / secondCorrection).squareRoot()
      result.weights[index] = decayed - rate * mean / (deviation + Double(step.epsilon))
    }
    return result
  }

  static func sgd(
    weights: [Double], momentum: [Double], gradient: [Double], _ step: SGDStep
  ) -> (weights: [Double], momentum: [Double]) {
    var result = (weights: weights, momentum: momentum)
    for index in weights.indices {
      let g = Double(step.gradientScale) * gradient[index] + Double(step.weightDecay) * weights[index]
      result.momentum[index] = Double(step.momentum) * momentum[index] + g
      result.weights[index] = weights[index] - Double(step.learningRate) * result.momentum[index]
    }
    return result
  }
}

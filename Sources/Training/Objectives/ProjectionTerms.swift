import CLIPCore
import NN
import TensorCore

/// ‖PᵀP − I‖ of the image tower's projection P [width, embedding width]: directions of the embedding stay apart (CaRot, Oh
/// et al. 2024).
struct ProjectionOrthogonality: ObjectiveTerm {
  private let strength: Float
  private let projection: Parameter
  /// −I.
  private let minusIdentity: Variable

  init(_ strength: Float, _ classifier: ImageClassifier) throws(TrainingError) {
    projection = classifier.vision.projection
    guard projection.isTrainable else {
      throw .badValue(
        "objective.orthogonality", "has no effect where \(projection.path) does not train; set it to 0")
    }
    self.strength = strength
    let width = projection.shape[1]
    let values = (0..<width * width).map { Float($0 / width == $0 % width ? -1 : 0) }
    minusIdentity = Variable(Tensor(values, shape: [width, width]))
  }

  func cost(of forwarded: Forwarded, _ opinions: Opinions, step: Int) -> Variable {
    let p = projection.variable
    return strength * (p.multiplied(by: p, transposed: true) + minusIdentity).frobeniusNorm()
  }
}

/// ‖P Qᵀ‖ of the towers' projections P [width, embedding width] and Q [text width, embedding width] (CaRot's code).
struct ProjectionProduct: ObjectiveTerm {
  private let strength: Float
  private let projections: (image: Parameter, text: Parameter)

  init(_ strength: Float, _ classifier: ImageClassifier, _ texts: ClassPrompts) throws(TrainingError) {
    projections = (classifier.vision.projection, texts.projection)
    guard projections.image.isTrainable || projections.text.isTrainable else {
      throw .badValue(
        "objective.projection_product",
        "has no effect where neither \(projections.image.path) nor \(projections.text.path) trains; set it to 0"
      )
    }
    self.strength = strength
  }

  func cost(of forwarded: Forwarded, _ opinions: Opinions, step: Int) -> Variable {
    strength
      * projections.image.variable.multiplied(by: projections.text.variable, otherTransposed: true)
      .frobeniusNorm()
  }
}

import NN
import TensorCore

/// TaskRes: a residual of the class weights: t + scale · R, normalised again, where t are the text embeddings.
///
/// Everything else stays as it is, the projection included.
public struct TaskRes: FineTuningMethod {
  public var scale: Float = 0.5

  public static let name = "taskres"
  public static let summary = "Trains a residual of the class weights."
  public static let citation = "Yu et al., Task Residual for Tuning Vision-Language Models, CVPR 2023"
  public static let options: [MethodOption<TaskRes>] = [
    MethodOption("scale", \.scale, -100...100, "factor on the residual")
  ]
  public static let training = MethodTraining(worldRate: 2e-3, photographs: "frozen-features")

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    guard let weight = adaptation.head.first(where: { $0.path.hasSuffix("classification_head.weight") })
    else {
      throw .unfit("taskres needs a classifier with class weights.")
    }
    let residual = adaptation.scope("taskres").parameter("residual", weight.shape, .zeros, trainable: true)
    adaptation.trainsHead = false
    adaptation.headModule = ResidualHead(residual, scale: scale)
  }
}

private final class ResidualHead: ComputedHead {
  let isOfTrainedClasses = true
  private let residual: Parameter
  private let scale: Float

  init(_ residual: Parameter, scale: Float) {
    self.residual = residual
    self.scale = scale
  }

  func weight(from start: Variable, context: ForwardContext) -> Variable {
    let norms = Variable(start.value.rowNorms())
    let moved = start.l2Normalized() + scale * residual.variable
    return context.between(start, moved.l2Normalized().rowsScaled(by: norms))
  }
}

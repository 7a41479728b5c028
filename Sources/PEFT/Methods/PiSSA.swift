import NN
import TensorCore

/// PiSSA: LoRA whose factors start as the weight's largest singular values and vectors, √S each, while the rest of the
/// weight stays as it is: W − B₀ · A₀ + B · A.
///
/// The singular vectors are found again whenever the model is made ready; they are not saved.
public struct PiSSA: FineTuningMethod {
  public var rank = 8
  public var targets = TargetList([.query, .key, .value])
  public var blocks = BlockList.all

  public static let name = "pissa"
  public static let summary = "Trains the largest singular values and vectors of q, k and v."
  public static let citation =
    "Meng et al., PiSSA: Principal Singular Values and Singular Vectors Adaptation of Large Language Models, NeurIPS "
    + "2024"
  public static let options: [MethodOption<PiSSA>] =
    [
      MethodOption("rank", \.rank, 1...4096, "how many")
    ] + MethodOption.parts(targets: \.targets, blocks: \.blocks)

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    let chosen = try ChosenParts(adaptation, blocks: blocks, targets: targets)
    var updates: [String: PrincipalWeight] = [:]
    for (part, svd) in try chosen.decomposed(adaptation) {
      guard rank <= svd.s.count else {
        throw .unfit("rank=\(rank) is more than the \(svd.s.count) singular values of \(part.path).")
      }
      updates[part.path] = PrincipalWeight(adaptation.scope(part.path), svd: svd, rank: rank)
    }
    adaptation.computeWeights { part, _ in updates[part.path] }
  }
}

extension PiSSA: PeftMethod {
  /// As a LoRA of twice the rank on the unchanged weight: what is learned, less what it started as.
  public func peft(_ adaptation: Adaptation) -> PeftExport {
    adaptation.peftExport("LORA", LowRankScaling.plain.peftSettings(1, rank: 2 * rank))
  }
}

private final class PrincipalWeight: WeightUpdate, PeftWeight {
  var peftTensors: [String: Tensor] {
    let rank = down.shape[0]
    let minus = ((-1) * Variable(start.up)).value
    let both = Variable.assembled(
      [up.shape[0], 2 * rank], [(up.variable.detached, 0, 0), (Variable(minus), 0, rank)])
    return [
      "lora_A.weight": Variable.concatenated([down.variable.detached, Variable(start.down)]).value,
      "lora_B.weight": both.value,
    ]
  }

  private let down, up: Parameter
  private let start: (down: Tensor, up: Tensor)

  init(_ scope: ParameterScope, svd: SingularValues, rank: Int) {
    down = scope.parameter("lora_a", [rank, svd.vt.shape[1]], .zeros, trainable: true)
    up = scope.parameter("lora_b", [svd.u.shape[0], rank], .zeros, trainable: true)
    let roots = Variable(Tensor(svd.s.array.prefix(rank).map { $0.squareRoot() }, shape: [rank]))
    start = (
      Variable(svd.vt.rows(0..<rank)).rowsScaled(by: roots).value,
      Variable(svd.u.columns(0..<rank)).scaleShifted(gamma: roots, beta: nil).value
    )
    down.assign(start.down)
    up.assign(start.up)
  }

  func weight(from base: Tensor) -> Variable {
    let taken = Variable(start.up).multiplied(by: Variable(start.down))
    return Variable(base) + (up.variable.multiplied(by: down.variable) + (-1) * taken)
  }
}

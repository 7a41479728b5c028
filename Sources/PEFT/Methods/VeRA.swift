import NN
import TensorCore

/// VeRA: W + diag(b) · B · diag(d) · A, with random A and B that are shared by all layers and never train.
///
/// A and B start from the run's seed and are not saved.
public struct VeRA: FineTuningMethod {
  public var rank = 256
  /// What d starts as.
  public var start: Float = 0.1
  public var targets = TargetList([.query, .value])
  public var blocks = BlockList.all

  public static let name = "vera"
  public static let summary = "Trains two vectors a layer between shared random matrices."
  public static let citation = "Kopiczko et al., VeRA: Vector-based Random Matrix Adaptation, ICLR 2024"
  public static let options: [MethodOption<VeRA>] =
    [
      MethodOption("rank", \.rank, 1...4096, "rows of A"),
      MethodOption("start", \.start, -10...10, "what d starts as"),
    ] + MethodOption.parts(targets: \.targets, blocks: \.blocks)

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    let chosen = try ChosenParts(adaptation, blocks: blocks, targets: targets)
    let parts = adaptation.towers.flatMap(\.linears).flatMap(chosen.parts)
    let inputs = parts.map(\.inputs).max() ?? 0
    let outputs = parts.map(\.outputs).max() ?? 0
    let down = adaptation.fixed("vera_a", [rank, inputs], .kaimingUniform)
    let up = adaptation.fixed("vera_b", [outputs, rank], .kaimingUniform)
    adaptation.computeWeights { part, scope in
      guard chosen.contains(part) else { return nil }
      return RandomWeight(
        down: part.inputs == inputs ? down : down.columns(0..<part.inputs), up: up.rows(0..<part.outputs),
        inner: scope.parameter("vera_d", [rank], .constant(start), trainable: true),
        outer: scope.parameter("vera_b", [part.outputs], .zeros, trainable: true))
    }
  }
}

extension VeRA: PeftMethod {
  public func peft(_ adaptation: Adaptation) -> PeftExport {
    var export = adaptation.peftExport(
      "VERA",
      [
        "r": .number(Double(rank)), "save_projection": .flag(true), "d_initial": .number(Double(start)),
        "bias": .text("none"), "vera_dropout": .number(0), "projection_prng_key": .number(0),
      ])
    // All see the first rows and columns of the largest.
    let weights = adaptation.peftWeights.compactMap { $0.weight as? RandomWeight }
    if let down = weights.map(\.down).max(by: { $0.count < $1.count }) { export.share("vera_A", down) }
    if let up = weights.map(\.up).max(by: { $0.count < $1.count }) { export.share("vera_B", up) }
    return export
  }
}

private final class RandomWeight: WeightUpdate, PeftWeight {
  var peftTensors: [String: Tensor] { ["vera_lambda_d": inner.value, "vera_lambda_b": outer.value] }

  let down, up: Tensor
  private let inner, outer: Parameter

  init(down: Tensor, up: Tensor, inner: Parameter, outer: Parameter) {
    self.down = down
    self.up = up
    self.inner = inner
    self.outer = outer
  }

  func weight(from base: Tensor) -> Variable {
    Variable(base)
      + Variable(up).scaleShifted(gamma: inner.variable, beta: nil).rowsScaled(by: outer.variable)
      .multiplied(by: Variable(down))
  }
}

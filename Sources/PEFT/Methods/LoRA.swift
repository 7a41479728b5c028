import NN
import TensorCore

/// LoRA: a low-rank update B · A of linear layers.
///
/// By default on the study's terms: of the packed projection of q, k and v, which share one A [rank, width], without a
/// factor beyond `scale`: 4 · width · rank parameters a block. CLIP-LoRA's are `shared=false scaling=rank` with rank 2.
public struct LoRA: FineTuningMethod {
  public var rank = 8
  public var scale: Float = 1
  public var scaling = LowRankScaling.plain
  public var dropout: Float = 0.1
  public var targets = TargetList([.query, .key, .value])
  public var blocks = BlockList.all
  /// Whether q, k and v share one A.
  public var shared = true
  /// LoRA+: what B's learning rate is multiplied by.
  public var upRate: Float = 1

  public static let name = "lora"
  public static let summary = "Trains a low-rank update of linear layers, by default of q, k and v."
  public static let citation =
    "Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, ICLR 2022; Kalajdzievski, A Rank Stabilization "
    + "Scaling Factor for Fine-Tuning with LoRA, 2023; Hayou et al., LoRA+, ICML 2024"
  public static let options: [MethodOption<LoRA>] =
    [
      MethodOption("rank", \.rank, 1...4096, "rank of the update"),
      MethodOption("scale", \.scale, -1000...1000, "factor on the update, or peft's alpha"),
      MethodOption(
        "scaling", \.scaling, "what the factor is divided by: nothing, the rank, or its root (rsLoRA)"),
      MethodOption("dropout", \.dropout, 0...0.9, "dropout on the update's input while training"),
    ] + MethodOption.parts(targets: \.targets, blocks: \.blocks)
    + [
      MethodOption("shared", \.shared, "whether q, k and v share one A"),
      MethodOption("up_rate", \.upRate, 0...1000, "factor on the learning rate of B (LoRA+)"),
    ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    let chosen = try ChosenParts(adaptation, blocks: blocks, targets: targets)
    adaptation.update { linear, scope in
      let parts = chosen.parts(of: linear)
      return parts.isEmpty ? nil : LowRankUpdate(scope, linear: linear, parts: parts, method: self)
    }
  }
}

extension LoRA: PeftMethod {
  public func peft(_ adaptation: Adaptation) -> PeftExport {
    var export = PeftExport("LORA", scaling.peftSettings(scale, rank: rank))
    for linear in adaptation.towers.flatMap(\.linears) {
      guard let update = linear.update as? LowRankUpdate else { continue }
      for part in linear.parts {
        guard let (a, b) = update.factors(of: part) else { continue }
        export.add(PeftNames.name(of: part), ["lora_A.weight": a, "lora_B.weight": b])
      }
    }
    return export
  }
}

/// What a low-rank update's factor is divided by.
public enum LowRankScaling: String, OptionChoice {
  case plain
  /// The rank, as in LoRA's paper and in peft.
  case rank
  /// Its square root (rsLoRA).
  case root = "rslora"

  func factor(_ scale: Float, rank: Int) -> Float {
    switch self {
    case .plain: scale
    case .rank: scale / Float(rank)
    case .root: scale / Float(rank).squareRoot()
    }
  }

  /// The same factor in the settings of peft, which always divides.
  func peftSettings(_ scale: Float, rank: Int) -> [String: PeftExport.Setting] {
    [
      "r": .number(Double(rank)), "lora_dropout": .number(0), "bias": .text("none"),
      "lora_alpha": .number(Double(self == .plain ? scale * Float(rank) : scale)),
      "use_rslora": .flag(self == .root),
    ]
  }
}

/// y + s · B · A · dropout(x), where each part of a packed layer has its own rows of B.
private final class LowRankUpdate: LinearUpdate {
  /// One, or one a part.
  private let downs: [Parameter]
  private let ups: [Parameter]
  /// The rows that each of `ups` belongs to.
  private let rows: [Range<Int>]
  private let scale, dropout: Float
  private let path: String

  init(_ scope: ParameterScope, linear: Linear, parts: [LinearPart], method: LoRA) {
    func down(_ scope: ParameterScope) -> Parameter {
      scope.parameter("lora_a", [method.rank, linear.inputs], .kaimingUniform, trainable: true)
    }
    func up(_ scope: ParameterScope, _ rows: Int) -> Parameter {
      scope.parameter(
        "lora_b", [rows, method.rank], .zeros, trainable: true, rateFactor: method.upRate)
    }
    let count = parts.reduce(0) { $0 + $1.outputs }
    if method.shared && parts.count > 1 && count == linear.outputs {
      downs = [down(scope)]
      ups = [up(scope, count)]
      rows = [0..<count]
    } else if method.shared {
      downs = [down(scope)]
      ups = parts.map { up($0.linear.outputs == $0.outputs ? scope : scope[$0.target.rawValue], $0.outputs) }
      rows = parts.map(\.rows)
    } else {
      let scopes = parts.map { $0.linear.outputs == $0.outputs ? scope : scope[$0.target.rawValue] }
      downs = scopes.map(down)
      ups = zip(scopes, parts).map { up($0, $1.outputs) }
      rows = parts.map(\.rows)
    }
    scale = method.scaling.factor(method.scale, rank: method.rank)
    dropout = method.dropout
    path = scope.path
  }

  /// A and B of one part; nil where it has none.
  func factors(of part: LinearPart) -> (a: Tensor, b: Tensor)? {
    if let index = rows.firstIndex(of: part.rows) {
      return (downs[downs.count > 1 ? index : 0].value, ups[index].value)
    }
    guard ups.count == 1, rows[0].contains(part.rows.lowerBound), rows[0].upperBound >= part.rows.upperBound
    else {
      return nil
    }
    return (downs[0].value, ups[0].value.rows(part.rows))
  }

  private var down: Variable { .concatenated(downs.map(\.variable)) }

  /// [outputs, rank, or a rank for each part]
  private func up(outputs: Int) -> Variable {
    let rank = ups[0].shape[1]
    guard ups.count > 1 || rows[0].count < outputs else { return ups[0].variable }
    return .assembled(
      [outputs, downs.count * rank],
      zip(ups, rows).enumerated().map { index, up in
        (up.0.variable, up.1.lowerBound, downs.count > 1 ? index * rank : 0)
      })
  }

  func output(
    of linear: Linear, for x: Variable, result: DType?, context: ForwardContext
  ) -> Variable {
    let code = scale * x.dropped(dropout, at: path, context).linear(weight: down)
    return code.linear(
      weight: up(outputs: linear.outputs), addedInPlaceTo: linear.plain(x, result: result))
  }

  /// W + s · B · A.
  func merged(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?) {
    let change = (scale * up(outputs: weight.shape[0]).detached).multiplied(by: down.detached)
    return ((Variable(weight) + change).value, bias)
  }
}

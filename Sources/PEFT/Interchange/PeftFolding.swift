import Checkpoint
import NN
import TensorCore

/// One module's adapter, folded into the module's weight as peft's own layers compute it.
struct PeftFolding {
  private let config: PeftSettings
  private let file: String
  private let module: String
  private let tensors: [String: Tensor]
  /// Tensors that all modules share: random matrices.
  private let shared: StateDict

  init(
    _ config: PeftSettings, file: String, module: String, tensors: [String: Tensor], shared: StateDict
  ) {
    self.config = config
    self.file = file
    self.module = module
    self.tensors = tensors
    self.shared = shared
  }

  /// What a module of each type may hold, by what follows its name.
  private static let known: [String: Set<String>] = [
    "LORA": ["lora_A.weight", "lora_B.weight", "lora_magnitude_vector", "lora_magnitude_vector.weight"],
    "HIRA": ["hira_A", "hira_B"], "DELORA": ["delora_A", "delora_B", "delora_lambda", "delora_w_norm"],
    "VERA": ["vera_lambda_b", "vera_lambda_d", "vera_A", "vera_B"],
    "RANDLORA": ["randlora_lambda", "randlora_gamma", "randlora_A", "randlora_B"], "IA3": ["ia3_l"],
    "OFT": ["oft_R.weight"],
  ]

  private func bad(_ problem: String) -> CheckpointError {
    .malformed(file: file, problem: "\(module): \(problem)")
  }

  private func tensor(_ name: String, _ shape: [Int?]) throws(CheckpointError) -> Variable {
    guard let tensor = tensors[name] else { throw bad("it has no \(name)") }
    guard tensor.rank == shape.count, zip(tensor.shape, shape).allSatisfy({ $1 == nil || $0 == $1 }) else {
      throw bad("\(name) is \(tensor.shape)")
    }
    return Variable(tensor)
  }

  /// Whether a tensor is a random matrix that all modules share.
  static func isShared(_ name: String) -> Bool {
    ["vera_A", "vera_B", "randlora_A", "randlora_B"].contains { name.hasPrefix("base_model.\($0)") }
  }

  private func sharedTensor(_ name: String) throws(CheckpointError) -> Tensor {
    guard let tensor = shared.first(where: { $0.name.contains(name) })?.tensor else {
      throw bad(
        "\(name) is not in the file; save the adapter with save_projection=True, as PyTorch alone can draw it again"
      )
    }
    return tensor
  }

  /// weight: [out, in], bias: [out] → the same with the adapter in them.
  func folded(weight: Tensor, bias: Tensor?) throws -> (weight: Tensor, bias: Tensor?) {
    let (out, inputs) = (weight.shape[0], weight.shape[1])
    let base = Variable(weight)
    let known = Self.known[config.type] ?? []
    if let other = tensors.keys.sorted().first(where: { !known.contains($0) }) {
      throw bad("\(other) is no tensor of an adapter of type \(config.type)")
    }
    if tensors.keys.contains(where: { $0.hasPrefix("lora_magnitude_vector") }), !config.flag("use_dora") {
      throw bad("it has a magnitude, but use_dora is not true")
    }
    switch config.type {
    case "LORA": return (try lowRank(base).value, bias)
    case "HIRA":
      let change = try tensor("hira_B", [out, nil]).multiplied(by: tensor("hira_A", [nil, inputs]))
      return ((base + change.multipliedElementwise(by: base)).value, bias)
    case "DELORA":
      let (a, b) = (try tensor("delora_A", [nil, inputs]), try tensor("delora_B", [out, nil]))
      let least: Float = 1e-4
      let share = try tensor("delora_lambda", [1]).value.item / Float(a.shape[0])
      // The norms that were taken when training began, where they are there.
      let norms = try tensors["delora_w_norm"].map { _ in try tensor("delora_w_norm", [inputs]) }
      let rows = a.rowsNormalized(atLeast: least)
        .scaleShifted(gamma: norms ?? Variable(weight.columnNorms()), beta: nil)
      let columns = Variable(b.value.transposed()).rowsNormalized(atLeast: least)
      return ((base + share * columns.multiplied(by: rows, transposed: true)).value, bias)
    case "VERA":
      let d = try tensor("vera_lambda_d", [nil])
      let a = try sharedTensor("vera_A")
      let b = try sharedTensor("vera_B")
      guard a.shape[1] >= inputs, b.shape[0] >= out, a.shape[0] == d.shape[0] else {
        throw bad("vera_A or vera_B is too small")
      }
      let change = Variable(b.rows(0..<out)).scaleShifted(gamma: d, beta: nil)
        .rowsScaled(by: try tensor("vera_lambda_b", [out])).multiplied(by: Variable(a.columns(0..<inputs)))
      return ((base + change).value, bias)
    case "RANDLORA": return ((base + (try fullRank(out: out, inputs: inputs))).value, bias)
    case "IA3":
      // Factors of a feed-forward module stand before it, those of others after it: their shapes tell.
      if tensors["ia3_l"]?.shape.first == 1 {
        let factors = try tensor("ia3_l", [1, inputs]).reshaped([inputs])
        return (base.scaleShifted(gamma: factors, beta: nil).value, bias)
      }
      let factors = try tensor("ia3_l", [out, 1]).reshaped([out])
      return (
        base.rowsScaled(by: factors).value,
        bias.map { Variable($0).multipliedElementwise(by: factors).value }
      )
    case "OFT": return (try rotations(inputs: inputs).rotating(weight).value, bias)
    default: throw bad("adapters of type \(config.type) have no linear layers")
    }
  }

  // MARK: LoRA, DoRA, PiSSA

  private func lowRank(_ base: Variable) throws -> Variable {
    let (out, inputs) = (base.shape[0], base.shape[1])
    let a = try tensor("lora_A.weight", [nil, inputs])
    let rank = a.shape[0]
    let b = try tensor("lora_B.weight", [out, rank])
    let alpha = Float(try config.number("lora_alpha", pattern: "alpha_pattern", module, 8))
    let scale = config.flag("use_rslora") ? alpha / Float(rank).squareRoot() : alpha / Float(rank)
    var start = base
    switch config.text("init_lora_weights") {
    case nil, "gaussian", "orthogonal", "eva"?: break
    case "pissa"?:
      // What peft takes off the base weight when it loads such an adapter.
      let svd = try SingularValues(of: base.value)
      let principal = Variable(svd.u.columns(0..<rank))
        .scaleShifted(gamma: Variable(svd.s.rows(0..<rank)), beta: nil).multiplied(
          by: Variable(svd.vt.rows(0..<rank)))
      start = base + (-1) * principal
    case let other?:
      throw bad(
        "init_lora_weights is \(other), which changes the base weight; save it with save_pretrained(path_initial_model_for_weight_conversion=…)"
      )
    }
    let changed = start + scale * b.multiplied(by: a)
    guard config.flag("use_dora") else { return changed }
    let name =
      tensors["lora_magnitude_vector"] != nil ? "lora_magnitude_vector" : "lora_magnitude_vector.weight"
    return changed.l2Normalized().rowsScaled(by: try tensor(name, [out]))
  }

  // MARK: RandLoRA

  private func fullRank(out: Int, inputs: Int) throws -> Variable {
    let (smaller, larger) = (min(out, inputs), max(out, inputs))
    let (a, b) = (try sharedTensor("randlora_A"), try sharedTensor("randlora_B"))
    let lambda = try tensor("randlora_lambda", [nil, nil])
    let (rank, products) = (lambda.shape[0], lambda.shape[1])
    let gamma = try tensor("randlora_gamma", [products, smaller])
    guard a.rank == 3, b.rank == 3, a.shape[0] == rank, a.shape[2] >= smaller, b.shape[0] >= larger,
      b.shape[1] >= products, b.shape[2] == rank
    else { throw bad("randlora_A or randlora_B is of another shape") }
    let down = Variable(a.reshaped([rank, a.shape[2]]).columns(0..<smaller))
    let rows = Tensor((0..<rank * products).map { Int32($0 / products) }, shape: [rank * products])
    let product = Tensor((0..<rank * products).map { Int32($0 % products) }, shape: [rank * products])
    let scaled = down.gatherRows(rows).multipliedElementwise(by: gamma.gatherRows(product))
      .rowsScaled(by: lambda.reshaped([rank * products]))
    let up = Variable(
      b.rows(0..<larger).reshaped([larger, b.shape[1] * rank]).columns(0..<products * rank))
    let scale = Float(config.number("randlora_alpha", 640)) / Float(rank)
    let change =
      smaller == inputs
      ? up.multiplied(by: scaled) : scaled.multiplied(by: up, transposed: true, otherTransposed: true)
    return scale * change
  }

  // MARK: OFT

  /// [blocks, size, size]
  private func rotations(inputs: Int) throws -> Variable {
    let skew = try tensor("oft_R.weight", [nil, nil])
    let blocks = skew.shape[0]
    guard blocks > 0, inputs.isMultiple(of: blocks) else {
      throw bad("oft_R.weight has \(blocks) blocks for \(inputs) inputs")
    }
    let size = inputs / blocks
    guard skew.shape[1] == size * (size - 1) / 2 else { throw bad("oft_R.weight is \(skew.shape)") }
    guard config.flag("use_cayley_neumann", true) else { return skew.cayleyRotations(size: size) }
    let terms = Int(config.number("num_cayley_neumann_terms", 5))
    return .concatenated(
      (0..<blocks).map { Self.neumann(skew.value.rows($0..<$0 + 1), size: size, terms: terms) })
  }

  /// The first terms of (I − Q)(I + Q)⁻¹ with peft's sign: I + 2Q + 2Q² + … + Qⁿ⁻¹.
  private static func neumann(_ upper: Tensor, size: Int, terms: Int) -> Variable {
    let matrix = Tensor(zeros: [size, size])
    let (from, to) = (upper.floats, matrix.mutableFloats)
    var next = 0
    for i in 0..<size {
      for j in i + 1..<max(size, i + 1) {
        to[i * size + j] = from[next]
        to[j * size + i] = -from[next]
        next += 1
      }
    }
    let q = Variable(matrix)
    let identity = Tensor(zeros: [size, size])
    for i in 0..<size { identity.mutableFloats[i * size + i] = 1 }
    var sum = Variable(identity)
    var power = q
    for term in 1..<max(1, terms) {
      // The last term counts once, and so does a single one never.
      sum = sum + (term == terms - 1 && terms > 2 ? 1 : 2) * power
      power = power.multiplied(by: q)
    }
    return sum.reshaped([1, size, size])
  }
}

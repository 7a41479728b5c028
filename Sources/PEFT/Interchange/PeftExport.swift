import Checkpoint
import Foundation
import NN
import TensorCore

/// A method whose adapters Hugging Face's peft can load.
public protocol PeftMethod: FineTuningMethod {
  /// What it learned, as peft stores it.
  func peft(_ adaptation: Adaptation) -> PeftExport
}

/// The contents of a peft adapter's folder.
public struct PeftExport {
  /// A setting of `adapter_config.json`.
  public enum Setting: Encodable, Sendable {
    case number(Double)
    case flag(Bool)
    case text(String)
    case list([String])
    case null

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .number(let value):
        if let whole = Int(exactly: value) {
          try container.encode(whole)
        } else {
          try container.encode(value)
        }
      case .flag(let value): try container.encode(value)
      case .text(let value): try container.encode(value)
      case .list(let values): try container.encode(values)
      case .null: try container.encodeNil()
      }
    }
  }

  public let type: String
  public private(set) var settings: [String: Setting]
  public private(set) var state = StateDict()
  private var targets: Set<String> = []

  init(_ type: String, _ settings: [String: Setting] = [:]) {
    self.type = type
    self.settings = settings
  }

  /// Tensors of one module, by what follows its name.
  mutating func add(_ module: String?, _ tensors: [String: Tensor]) {
    guard let module else { return }
    // Whole names: their ends alone would give untrained adapters to the other tower.
    targets.insert(module)
    for (suffix, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      state[PeftNames.prefix + module + "." + suffix] = tensor.copy()
    }
  }

  /// Tensors that all modules share.
  mutating func share(_ name: String, _ tensor: Tensor) { state["base_model.\(name)"] = tensor.copy() }

  /// A module that was trained as a whole; weight: [in, out] as CLIP's projections are stored.
  public mutating func save(module: String, projection weight: Tensor) {
    state[PeftNames.prefix + module + ".weight"] = weight.transposed()
    settings["modules_to_save"] = .list([module])
  }

  /// Writes the folder's two files; `base` is what peft is to load the adapter onto.
  public func write(to folder: URL, base: String) throws {
    var all = settings
    all["peft_type"] = .text(type)
    all["base_model_name_or_path"] = .text(base)
    all["target_modules"] = .list(targets.sorted())
    all["inference_mode"] = .flag(true)
    all["task_type"] = .null
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(all), to: folder.appendingPathComponent(PeftAdapter.configName))
    var state = state
    state.metadata["format"] = "pt"
    try SafetensorsFile.write(state, to: folder.appendingPathComponent(PeftAdapter.weightsName))
  }
}

/// A changed weight that peft knows.
protocol PeftWeight: AnyObject {
  /// By what follows the module's name.
  var peftTensors: [String: Tensor] { get }
}

extension Adaptation {
  /// Every part of a linear layer whose weight is computed in a way that peft knows.
  var peftWeights: [(name: String?, weight: any PeftWeight)] {
    towers.flatMap(\.linears).flatMap { linear in
      linear.parts.compactMap { part in
        ((linear.update as? ComputedWeight)?.update(of: part.rows) as? any PeftWeight)
          .map { (PeftNames.name(of: part), $0) }
      }
    }
  }

  /// Parts that learned the same kind of thing, as peft stores it.
  func peftExport(_ type: String, _ settings: [String: PeftExport.Setting]) -> PeftExport {
    var export = PeftExport(type, settings)
    for (name, weight) in peftWeights { export.add(name, weight.peftTensors) }
    return export
  }
}

import Checkpoint
import Foundation
import NN
import TensorCore

/// An adapter of Hugging Face's peft for transformers' CLIP: `adapter_config.json` and `adapter_model.safetensors`.
///
/// It is folded into plain weights. Every tensor must be used and every setting that changes numbers understood, or it is
/// an error that names it.
public struct PeftAdapter {
  public let folder: URL
  /// As in the configuration, such as `LORA`.
  public let type: String
  let config: PeftSettings
  private let state: StateDict

  public static let configName = "adapter_config.json"
  public static let weightsName = "adapter_model.safetensors"

  /// Throws unless the folder holds an adapter of a kind that can be folded.
  public init(_ folder: URL) throws(CheckpointError) {
    self.folder = folder
    let file = folder.appendingPathComponent(Self.configName)
    config = try PeftSettings(file)
    type = config.type
    state = try SafetensorsFile(url: folder.appendingPathComponent(Self.weightsName)).stateDict()
  }

  private var weightsFile: String { folder.appendingPathComponent(Self.weightsName).path }

  /// New values of the towers' own parameters, and of whole modules that were trained beside (`modules`: by peft's name,
  /// weights as linear layers have them). Throws where a tensor belongs to nothing or is of another shape.
  public func folded(
    into towers: [any AdaptableTower], modules: [String: Parameter]
  ) throws -> [String: Tensor] {
    var unused = Set(state.names)
    var values: [String: Tensor] = [:]
    func current(_ parameter: Parameter) -> Tensor { values[parameter.path] ?? parameter.value }
    /// Tensors of a module, by what follows its name.
    func tensors(_ name: String) -> [String: Tensor] {
      let path = PeftNames.prefix + name + "."
      var found: [String: Tensor] = [:]
      for key in state.names where key.hasPrefix(path) {
        found[String(key.dropFirst(path.count))] = state[key]
        unused.remove(key)
      }
      return found
    }
    let shared = state.filter(PeftFolding.isShared)
    for name in shared.names { unused.remove(name) }

    for part in towers.flatMap(\.linears).flatMap(\.parts) {
      guard let name = PeftNames.name(of: part) else { continue }
      let own = tensors(name)
      guard !own.isEmpty else { continue }
      let weight = current(part.linear.weight)
      let bias = part.linear.bias.map(current)
      let changed = try PeftFolding(config, file: weightsFile, module: name, tensors: own, shared: shared)
        .folded(weight: weight.rows(part.rows), bias: bias.map { $0.rows(part.rows) })
      values[part.linear.weight.path] = weight.replacing(part.rows, by: changed.weight)
      if let parameter = part.linear.bias, let bias, let new = changed.bias {
        values[parameter.path] = bias.replacing(part.rows, by: new)
      }
    }
    for norm in towers.flatMap(\.norms) {
      guard let name = PeftNames.name(of: norm) else { continue }
      for (suffix, tensor) in tensors(name) {
        let learned = ["ln_tuning_layers.weight": norm.weight, "ln_tuning_layers.bias": norm.bias]
        guard let parameter = learned[suffix] else {
          throw CheckpointError.malformed(
            file: weightsFile, problem: "\(name).\(suffix) is nothing that is learned of a layer norm here")
        }
        guard tensor.shape == parameter.shape else {
          throw misshaped("\(name).\(suffix)", tensor, parameter.shape)
        }
        values[parameter.path] = tensor
      }
    }
    for (name, parameter) in modules {
      for (suffix, tensor) in tensors(name) {
        // A projection is stored as [in, out] here.
        let transposed = parameter.shape.reversed() as [Int]
        guard suffix == "weight", tensor.shape == transposed else {
          throw misshaped("\(name).\(suffix)", tensor, transposed)
        }
        values[parameter.path] = tensor.transposed()
      }
    }
    guard unused.isEmpty else {
      throw CheckpointError.malformed(
        file: weightsFile,
        problem:
          "\(unused.count) of its tensors belong to no module of this CLIP (\(unused.sorted().prefix(2).joined(separator: ", ")))"
      )
    }
    return values
  }

  private func misshaped(_ name: String, _ tensor: Tensor, _ expected: [Int]) -> CheckpointError {
    .malformed(file: weightsFile, problem: "\(name) is \(tensor.shape), not \(expected)")
  }
}

extension Tensor {
  /// A copy with a range of rows replaced.
  fileprivate func replacing(_ range: Range<Int>, by part: Tensor) -> Tensor {
    guard range != 0..<shape[0] else { return part }
    let result = copy()
    result.rows(range).mutableBytes.copyMemory(from: part.bytes)
    return result
  }

  /// A copy of a matrix with rows and columns exchanged.
  package func transposed() -> Tensor {
    let (rows, columns) = (shape[0], shape[1])
    let result = Tensor(uninitialized: [columns, rows])
    let (from, to) = (floats, result.mutableFloats)
    for row in 0..<rows {
      for column in 0..<columns { to[column * rows + row] = from[row * columns + column] }
    }
    return result
  }
}

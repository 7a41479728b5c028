import CLIPCore
import Checkpoint
import Foundation
import ImageCodec
import PEFT
import TensorCore
import Training

/// What is in a model folder, a file of tensors, a run or an architecture: what `clipft inspect` prints.
public struct Inspection: Encodable, Sendable {
  public enum Format: String, Encodable, Sendable {
    /// A name of the table of architectures, without weights.
    case architecture
    /// A model folder as transformers lays it out.
    case huggingface
    /// One as open_clip lays it out.
    case openCLIP = "open_clip"
    /// A file of tensors.
    case safetensors, pytorch, npz
    /// A run folder of this program.
    case run
  }

  /// A tensor of a file.
  public struct TensorEntry: Encodable, Sendable {
    public let name: String
    /// As stored, such as `F32` or `BF16`.
    public let dtype: String
    public let shape: [Int]
  }

  /// The record of a run, in short.
  public struct Run: Encodable, Sendable {
    public let method: String
    public let options: [String: OptionValue]
    public let status: String
    public let created: String
    public let model: String
    public let dataset: String
    public let classes: Int
    public let trainImages: Int
    public let tunedParameters: Int
    public let headParameters: Int
    public let epochs: Int
    public let valTop1: Double?
  }

  public let format: Format
  /// As asked for.
  public let source: String
  public var architecture: CLIPConfig?
  public var preprocessing: Preprocessing?
  public var parameters: ModelParameters?
  /// Of a file of tensors, why it cannot be read as a CLIP; nil where it can.
  public var clipProblem: String?
  /// The naming scheme of a file's tensors, where it is known.
  public var naming: String?
  public var tensors: [TensorEntry]?
  public var metadata: [String: String]?
  public var run: Run?
  /// The trained head beside a model's weights, if there is one.
  public var head: ExportedHead?
  public var peft: [MethodParameters]?

  private init(format: Format, source: String) {
    self.format = format
    self.source = source
  }

  /// Of an architecture, which needs no weights.
  public static func architecture(_ config: CLIPConfig, source: String) -> Inspection {
    var inspection = Inspection(format: .architecture, source: source)
    inspection.architecture = config
    inspection.parameters = ModelParameters(config)
    return inspection
  }

  /// Of a model folder, a run folder or a file of tensors. Throws where it is none of these, or damaged; or where `config`,
  /// the architecture that a model is said to have, does not fit.
  public static func path(_ path: String, config: CLIPConfig? = nil) throws -> Inspection {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ModelError.missingFile(
        path: path, hint: "give a model folder, a file of tensors or a run folder")
    }
    guard isFolder.boolValue else {
      var inspection = try file(url, source: path)
      inspection.head = ExportedHead.beside(model: url)
      // A file of tensors need not be a CLIP, unless it is said to be one.
      do {
        let clip = try PretrainedModel.clip(in: url, config: config)
        inspection.architecture = clip.config
        inspection.parameters = ModelParameters(clip)
      } catch let error as any ClassifiedError where config == nil {
        inspection.clipProblem = error.description
      }
      return inspection
    }
    let folder = RunFolder(url)
    return folder.exists
      ? run(try folder.record(), source: path) : try model(url, source: path, config: config)
  }

  private static func model(_ folder: URL, source: String, config: CLIPConfig?) throws -> Inspection {
    let format: Format = try ModelFiles(folder).isOpenCLIP ? .openCLIP : .huggingface
    var inspection = Inspection(format: format, source: source)
    let clip = try PretrainedModel.clip(in: folder, config: config)
    inspection.architecture = clip.config
    inspection.parameters = ModelParameters(clip)
    inspection.preprocessing = try ModelFiles(folder).preprocessing()
    inspection.head = ExportedHead.beside(model: folder)
    return inspection
  }

  private static func file(_ url: URL, source: String) throws(CheckpointError) -> Inspection {
    let file = try TensorFormats.open(url)
    let format: Format =
      switch file {
      case is PyTorchFile: .pytorch
      case is NpzFile: .npz
      default: .safetensors
      }
    var inspection = Inspection(format: format, source: source)
    let tensors = file.names.map {
      TensorEntry(name: $0, dtype: file.storedType(of: $0)?.rawValue ?? "", shape: file.shape(of: $0) ?? [])
    }
    inspection.tensors = tensors
    inspection.metadata = file.metadata
    inspection.naming = KeyMapRegistry.scheme(of: file.names)?.name
    inspection.parameters = ModelParameters(total: tensors.reduce(0) { $0 + $1.shape.reduce(1, *) })
    return inspection
  }

  private static func run(_ record: RunRecord, source: String) -> Inspection {
    var inspection = Inspection(format: .run, source: source)
    inspection.architecture = record.model.architecture
    inspection.preprocessing = record.model.preprocessing
    inspection.run = Run(
      method: record.method, options: record.spec.method.options, status: record.status.rawValue,
      created: record.created, model: record.spec.model, dataset: record.data.name,
      classes: record.data.classes.count, trainImages: record.data.train.n,
      tunedParameters: record.parameters.tuned, headParameters: record.parameters.head,
      epochs: record.settings.schedule.epochs, valTop1: record.result?.valTop1)
    return inspection
  }
}

import CLIPCore
import Checkpoint
import Datasets
import Foundation
import TensorCore
import Training

/// A trained head that `clipft export` wrote beside a model's weights.
public struct ExportedHead: Encodable, Sendable {
  public let file: URL
  /// How many classes it tells apart; nil where the file does not say.
  public let classes: Int?
  /// The method that trained it, at which alpha, and the name of the run; nil where the file does not say.
  public let method: String?
  public let alpha: Double?
  public let run: String?

  /// The head beside the weights of a model, a folder or a file; nil without one.
  public static func beside(model: URL) -> ExportedHead? {
    let places =
      [ExportJob.headFile(of: model)]
      + (ModelFiles.folder(ofWeights: model).map { [ExportJob.headFile(of: $0)] } ?? [])
    guard let file = places.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      return nil
    }
    let notes = (try? SafetensorsFile(url: file))?.metadata ?? [:]
    let names = notes["classes"].flatMap { try? JSONFormat.decode([String].self, from: Data($0.utf8)) }
    return ExportedHead(
      file: file, classes: names?.count, method: notes["method"], alpha: notes["alpha"].flatMap(Double.init),
      run: notes["run"])
  }

  /// What it is, as far as it says: "a head of 12 classes, trained by lora, at alpha 0.4".
  public var words: String {
    "a head" + (classes.map { " of \($0) classes" } ?? "") + (method.map { ", trained by \($0)" } ?? "")
      + (alpha.map { ", at alpha \($0)" } ?? "")
  }

  /// A trained head: `classification_head.weight` and `….bias`.
  public struct Trained {
    public let state: StateDict
    public let classes: [DatasetClass]
  }

  /// The head itself. Throws where the file is none.
  public func trained() throws -> Trained {
    let file = try SafetensorsFile(url: self.file)
    guard let names = file.metadata["classes"],
      let classes = try? JSONFormat.decode([String].self, from: Data(names.utf8))
    else {
      throw CheckpointError.malformed(
        file: self.file.path, problem: "its metadata name no classes, as a head's do")
    }
    let weight = try file.floatTensor("weight")
    guard weight.rank == 2, weight.shape[0] == classes.count else {
      throw CheckpointError.badTensor(
        file: self.file.path, name: "weight",
        problem: "it is \(weight.shape), which is no head of its \(classes.count) classes")
    }
    let bias =
      try file.shape(of: "bias") == nil ? Tensor(zeros: [classes.count]) : file.floatTensor("bias")
    return Trained(
      state: ["classification_head.weight": weight, "classification_head.bias": bias],
      classes: classes.map { DatasetClass(id: $0, name: $0) })
  }

  private enum CodingKeys: String, CodingKey { case file, classes, method, alpha, run }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(file.path, forKey: .file)
    try values.encodeIfPresent(classes, forKey: .classes)
    try values.encodeIfPresent(method, forKey: .method)
    try values.encodeIfPresent(alpha, forKey: .alpha)
    try values.encodeIfPresent(run, forKey: .run)
  }
}

import CLIPCore
import Checkpoint
import Foundation
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

import CLIPCore
import Checkpoint
import Foundation
import TensorCore
import Training

/// Zero-shot heads that took long to build, kept for next time: those of many prompts.
///
/// A head is known by all that it was made from: weights and architecture, classes and prompts with their tokens, and
/// precision.
public struct HeadCache: Sendable {
  /// Where heads are kept; nil keeps none.
  public let folder: URL?

  public init(folder: URL?) { self.folder = folder }

  /// Fewer prompts take no longer than reading the weights to know them by.
  private static let fewestPrompts = 1000

  private struct Key: Encodable {
    let weights: String
    let adapter: String?
    let config: CLIPConfig
    let precision: Precision
    let classNames: [String]
    let templates: [String]
    let descriptions: [[String]]?
    let tokens: [[Int]]
  }

  /// The head that was kept, else the one that `build` makes, which is kept if there is a folder that can be written.
  ///
  /// What was kept and cannot be read is built anew.
  public func head(
    of model: PretrainedModel, classNames: [String], templates: [String], descriptions: [[String]]? = nil,
    build: () throws -> ZeroShotHead
  ) throws -> (head: ZeroShotHead, wasKept: Bool) {
    guard let file = try file(model, classNames, templates, descriptions) else { return (try build(), false) }
    if let weight = try? SafetensorsFile(url: file).tensor("weight"), weight.dtype == .f32,
      weight.shape == [classNames.count, model.clip.config.embeddingWidth]
    {
      return (ZeroShotHead(weight: weight, classNames: classNames), true)
    }
    let head = try build()
    try? FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? HeadFile.write(weight: head.weight, classNames: classNames, to: file)
    return (head, false)
  }

  /// Where a head would be; nil for one that is not worth it.
  private func file(
    _ model: PretrainedModel, _ classNames: [String], _ templates: [String], _ descriptions: [[String]]?
  ) throws -> URL? {
    let prompts = descriptions?.reduce(0) { $0 + $1.count } ?? classNames.count * templates.count
    guard let folder, prompts >= Self.fewestPrompts else { return nil }
    let key = Key(
      weights: try model.weightsSHA256(), adapter: model.adapter?.sha256, config: model.clip.config,
      precision: Compute.precision,
      classNames: classNames, templates: templates, descriptions: descriptions,
      tokens: (classNames + templates + (descriptions ?? []).joined()).map(model.tokenizer.encode))
    return folder.appendingPathComponent(
      ContentHash.sha256(of: Data(JSONFormat.line(key).utf8)) + ".safetensors")
  }
}

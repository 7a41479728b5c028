import CLIPCore
import Checkpoint
import Foundation
import TensorCore

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
    let config: CLIPConfig
    let precision: Precision
    let classNames: [String]
    let templates: [String]
    let tokens: [[Int]]
  }

  /// A head that was kept; nil if there is none, or none that can be read.
  public func kept(for model: PretrainedModel, classNames: [String], templates: [String]) throws
    -> ZeroShotHead?
  {
    guard let file = try file(model, classNames, templates),
      let weight = try? SafetensorsFile(url: file).tensor("weight"), weight.dtype == .f32,
      weight.shape == [classNames.count, model.clip.config.embeddingWidth]
    else { return nil }
    return ZeroShotHead(weight: weight, classNames: classNames)
  }

  /// Keeps a head, if there is a folder that can be written.
  public func keep(_ head: ZeroShotHead, of model: PretrainedModel, templates: [String]) throws {
    guard let folder, let file = try file(model, head.classNames, templates) else { return }
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? HeadFile.write(weight: head.weight, classNames: head.classNames, to: file)
  }

  /// Where a head would be; nil for one that is not worth it.
  private func file(_ model: PretrainedModel, _ classNames: [String], _ templates: [String]) throws -> URL? {
    guard let folder, classNames.count * templates.count >= Self.fewestPrompts else { return nil }
    let key = Key(
      weights: try ModelFiles(model.place).sha256(), config: model.clip.config, precision: Compute.precision,
      classNames: classNames, templates: templates,
      tokens: (classNames + templates).map(model.tokenizer.encode))
    return folder.appendingPathComponent(
      ContentHash.sha256(of: Data(JSONFormat.line(key).utf8)) + ".safetensors")
  }
}

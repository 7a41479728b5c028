import Foundation

/// Architectures of CLIP that this program does not have, each told by a tensor that no other has.
enum ForeignTowers {
  private static let marks: [(prefix: String, name: String)] = [
    ("visual.attnpool.", "a ResNet image tower (RN50 and its like)"),
    ("visual.trunk.", "an image tower of timm's (SigLIP, ConvNeXt, EVA and others)"),
    ("vision_model.head.", "SigLIP's image tower"),
    ("visual.attn_pool.", "attentional pooling (CoCa and others)"),
    ("transformer.embeddings.", "a text tower of transformers' (multilingual CLIPs)"),
    ("transformer.encoder.", "a text tower of transformers' (multilingual CLIPs)"),
  ]

  /// Throws if canonical names betray one.
  static func refuse(_ names: [String], file: URL) throws(ModelError) {
    guard let mark = marks.first(where: { mark in names.contains { $0.hasPrefix(mark.prefix) } }) else {
      return
    }
    throw .badConfiguration(
      file: file.path,
      problem:
        "it has \(mark.name), which this program does not read; use a CLIP with plain vision transformers")
  }
}

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

  /// What canonical names betray; nil for those of a plain CLIP.
  static func name(_ names: [String]) -> String? {
    marks.first { mark in names.contains { $0.hasPrefix(mark.prefix) } }?.name
  }
}

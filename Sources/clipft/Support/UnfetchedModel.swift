import CLIPCore
import Foundation
import TensorCore

/// A name by which other programs fetch a model, given where a folder is needed.
struct UnfetchedModel: ClassifiedError {
  let description: String
  var kind: FailureKind { .inputNotFound }

  /// Nil for what looks like a path.
  init?(
    _ text: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    if let name = Self.architecture(text) {
      let example = Self.repositories[name] ?? "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
      description =
        "There is no folder \(text), and as the name of an architecture it stands for many models: give the folder "
        + "of one, such as what `\(Self.download(example))` makes (\(Self.olderDownload))\(Self.cached(example, environment))."
      return
    }
    guard let repository = Self.repository(text) else { return nil }
    description =
      "There is no folder \(text), and this program fetches nothing: get the repository with "
      + "`\(Self.download(repository))` (\(Self.olderDownload)) and give that folder\(Self.cached(repository, environment))."
  }

  /// What the command was called before huggingface_hub 0.34.
  static let olderDownload = "`huggingface-cli` in place of `hf` where that is older"

  static func download(_ repository: String) -> String {
    let folder = repository.split(separator: "/").last.map(String.init) ?? repository
    return "hf download \(repository) --local-dir \(folder)"
  }

  private static func cached(_ repository: String, _ environment: [String: String]) -> String {
    guard let folder = HuggingFaceCache.snapshot(of: repository, environment: environment) else { return "" }
    return ", or the copy that is on this machine already: --model \(folder.path)"
  }

  /// `hf-hub:laion/CLIP-…`, an address, or an organisation and a name.
  private static func repository(_ text: String) -> String? {
    var name = text[...]
    var isMarked = false
    for prefix in [
      "hf-hub:", "hf_hub:", "hf:", "https://huggingface.co/", "http://huggingface.co/", "huggingface.co/",
    ]
    where name.hasPrefix(prefix) {
      name = name.dropFirst(prefix.count)
      isMarked = true
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let isPlain = parts.allSatisfy { part in
      !part.isEmpty && part != "." && part != ".."
        && part.unicodeScalars.allSatisfy {
          $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_.".unicodeScalars.contains($0))
        }
    }
    // Of an address, what follows the name is a branch or a file.
    guard isPlain, parts.count == 2 || (isMarked && parts.count > 2) else { return nil }
    // A mistyped path of a file or a folder of one's own is more likely than a repository.
    let endings = ["safetensors", "bin", "pt", "pth", "npz", "zst", "json"]
    guard isMarked || !endings.contains((text as NSString).pathExtension.lowercased()) else { return nil }
    // Nor is a run's, whether or not there is any run yet.
    guard isMarked || !(parts[0] == "runs" || FileManager.default.fileExists(atPath: parts[0])) else {
      return nil
    }
    return parts.prefix(2).joined(separator: "/")
  }

  /// The name of an architecture, as open_clip and OpenAI spell it.
  private static func architecture(_ text: String) -> String? {
    let canonical = String(text.map { $0 == "/" || $0 == "@" ? "-" : $0 })
    let known = Architectures.all.map(\.name) + ["RN50", "RN101", "RN50x4", "RN50x16", "RN50x64"]
    return known.first { $0.lowercased() == canonical.lowercased() }
  }

  private static let repositories = [
    "ViT-B-32": "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "ViT-B-16": "laion/CLIP-ViT-B-16-laion2B-s34B-b88K",
    "ViT-L-14": "laion/CLIP-ViT-L-14-laion2B-s32B-b82K", "ViT-H-14": "laion/CLIP-ViT-H-14-laion2B-s32B-b79K",
    "ViT-g-14": "laion/CLIP-ViT-g-14-laion2B-s34B-b88K",
    "ViT-bigG-14": "laion/CLIP-ViT-bigG-14-laion2B-39B-b160k",
    "ViT-B-32-quickgelu": "openai/clip-vit-base-patch32",
    "ViT-B-16-quickgelu": "openai/clip-vit-base-patch16",
    "ViT-L-14-quickgelu": "openai/clip-vit-large-patch14",
    "ViT-L-14-336-quickgelu": "openai/clip-vit-large-patch14-336",
  ]
}

import Checkpoint
import Foundation

/// Where CLIP's vocabulary may lie.
enum VocabularyPlaces {
  private static let openAIVocabulary = "bpe_simple_vocab_16e6.txt.gz"
  private static let names = ["merges.txt", "tokenizer.json", openAIVocabulary]

  /// The folder or file to read: beside the weights, else as `$CLIPFT_TOKENIZER` names it, else in Hugging Face's cache,
  /// else where `make setup` puts it.
  static func find(beside folder: URL, environment: [String: String]) -> URL? {
    if let named = environment["CLIPFT_TOKENIZER"], !named.isEmpty, !hasVocabulary(folder) {
      return URL(fileURLWithPath: HomePath.expanded(named, environment: environment))
    }
    let places = [folder] + cached(environment) + fetched(environment)
    guard let place = places.first(where: { hasVocabulary($0) }) else { return nil }
    let onlyFile = !hasVocabulary(place, names: names.dropLast())
    return onlyFile ? place.appendingPathComponent(openAIVocabulary) : place
  }

  private static func hasVocabulary(_ folder: URL, names: ArraySlice<String> = names[...]) -> Bool {
    names.contains { FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path) }
  }

  private static func fetched(_ environment: [String: String]) -> [URL] {
    let named = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    let cache = named ?? environment["HOME"].map { $0 + "/.cache" }
    return cache.map { [URL(fileURLWithPath: $0 + "/clipft/tokenizer")] } ?? []
  }

  /// Snapshots of OpenAI's CLIPs that Hugging Face's libraries keep.
  private static func cached(_ environment: [String: String]) -> [URL] {
    let hub = HuggingFaceCache.folder(environment)
    return ModelFolder.names(in: hub).filter { $0.hasPrefix("models--openai--clip-") }
      .map { hub.appendingPathComponent($0).appendingPathComponent("snapshots") }
      .flatMap { snapshots in ModelFolder.names(in: snapshots).map { snapshots.appendingPathComponent($0) } }
  }
}

/// What Hugging Face's libraries have fetched before.
public enum HuggingFaceCache {
  /// Where they keep it.
  static func folder(_ environment: [String: String]) -> URL {
    func named(_ key: String) -> String? { environment[key].flatMap { $0.isEmpty ? nil : $0 } }
    let home =
      named("HF_HOME")
      ?? (named("XDG_CACHE_HOME") ?? (environment["HOME"] ?? "") + "/.cache") + "/huggingface"
    return URL(fileURLWithPath: named("HF_HUB_CACHE") ?? named("HUGGINGFACE_HUB_CACHE") ?? home + "/hub")
  }

  /// The snapshot of a repository such as `openai/clip-vit-base-patch16` that is on this machine and holds a model.
  public static func snapshot(
    of repository: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> URL? {
    let name = "models--" + repository.replacing("/", with: "--")
    let place = folder(environment).appendingPathComponent(name)
    // What is there but holds no model is no help.
    guard let model = try? ModelFolder(place), model.missing == nil else { return nil }
    return model.url
  }
}

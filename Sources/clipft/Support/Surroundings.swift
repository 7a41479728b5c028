import Checkpoint
import Datasets
import Foundation
import TensorCore

/// The environment variables this program and its libraries read.
enum Surroundings {
  private static let engine = "CLIPFT_ENGINE"
  static let imageMemory = "CLIPFT_IMAGE_MEMORY"
  private static let paths = [
    "HOME", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "CLIPFT_RUNS", "CLIPFT_DATA", "CLIPFT_TOKENIZER",
    "CLIPFT_MANIFESTS", "CLIPFT_PIXEL_CACHE",
  ]

  /// A variable that is empty is one that is not set, and `~` is the home folder. To be called before any is read.
  static func prepare() {
    for name in paths + [engine, imageMemory] {
      guard let value = getenv(name).map({ String(cString: $0) }) else { continue }
      if value.isEmpty {
        unsetenv(name)
      } else if paths.contains(name) {
        // Lists of folders are separated by colons.
        let expanded = value.split(separator: ":", omittingEmptySubsequences: false)
          .map { HomePath.expanded(String($0)) }.joined(separator: ":")
        if expanded != value { setenv(name, expanded, 1) }
      }
    }
  }

  /// Throws on an engine that there is none of, and on memory that is no size.
  static func check() throws(BadVariable) {
    if let size = getenv(imageMemory).map({ String(cString: $0) }), ByteSize(size) == nil {
      throw BadVariable(name: imageMemory, value: size, advice: ByteSize.advice)
    }
    guard let name = getenv(engine).map({ String(cString: $0) }) else { return }
    guard let known = Engine(rawValue: name), Engine.available.contains(known) else {
      let present = Engine.available.map(\.rawValue).joined(separator: ", ")
      throw BadVariable(
        name: engine, value: name, advice: "this machine has \(present.isEmpty ? "none" : present)")
    }
  }
}

/// The value of an environment variable cannot be used.
struct BadVariable: ClassifiedError {
  let name: String
  let value: String
  let advice: String
  var kind: FailureKind { .usage }
  var description: String { "$\(name) is '\(value)'; \(advice)." }
}

import Foundation

/// Reads whole small files, such as configurations and vocabularies.
public enum InputFile {
  /// The bytes of a regular file of at most `limit` bytes.
  public static func read(_ url: URL, limit: Int = 1 << 26) throws(CheckpointError) -> Data {
    let file = try SourceFile(url)
    guard file.byteCount <= limit else {
      throw .malformed(
        file: url.path, problem: "\(file.byteCount) bytes are more than the \(limit) such a file may have")
    }
    let contents = try file.contents()
    return withExtendedLifetime(contents) { Data(contents.bytes) }
  }
}

import Foundation

/// A fresh folder, removed with everything in it when its last owner goes.
public final class TemporaryFolder: Sendable {
  public let url: URL

  public init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("clipft-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  public func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  /// Writes a file and gives its place.
  @discardableResult
  public func write(_ bytes: some DataProtocol, to name: String) throws -> URL {
    try Data(bytes).write(to: file(name))
    return file(name)
  }

  @discardableResult
  public func write(_ text: String, to name: String) throws -> URL { try write(Array(text.utf8), to: name) }

  /// Names of all files in the folder, sorted.
  public func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
  }
}

import Checkpoint
import Foundation

/// Files under a test target's `Fixtures` folder.
public enum Fixture {
  public struct Missing: Error, CustomStringConvertible {
    public let name: String
    public var description: String { "Fixtures/\(name) is missing; its script is beside the tests" }
  }

  /// - Parameter bundle: `.module` of the test target.
  public static func url(_ name: String, bundle: Bundle) throws -> URL {
    guard let url = bundle.resourceURL?.appendingPathComponent("Fixtures").appendingPathComponent(name),
      FileManager.default.fileExists(atPath: url.path)
    else { throw Missing(name: name) }
    return url
  }

  /// The tensors of a safetensors fixture.
  public static func load(_ name: String, bundle: Bundle) throws -> StateDict {
    try SafetensorsFile(url: url(name, bundle: bundle)).stateDict()
  }

  public static func text(_ name: String, bundle: Bundle) throws -> String {
    try String(contentsOf: url(name, bundle: bundle), encoding: .utf8)
  }
}

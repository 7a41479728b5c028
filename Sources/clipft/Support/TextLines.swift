import Foundation

/// Texts, one a line: lines end at a line feed and nothing else, empty lines are empty texts.
enum TextLines {
  static func read(_ path: String) throws -> [String] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw MissingInput(path: path, what: "text file")
    }
    return lines(of: data)
  }

  static func standardInput() -> [String] { lines(of: FileHandle.standardInput.readDataToEndOfFile()) }

  /// What is not UTF-8 is replaced by U+FFFD.
  private static func lines(of data: Data) -> [String] {
    let newline = UInt8(ascii: "\n")
    var lines = data.split(separator: newline, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self) }
  }
}

import Foundation
import TensorCore

/// Texts, one a line: lines end at a line feed and nothing else, empty lines are empty texts.
enum TextLines {
  static func read(_ path: String) throws -> [String] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw MissingInput(path: path, what: "text file")
    }
    return try lines(of: data, from: path)
  }

  static func standardInput() throws -> [String] {
    try lines(of: StandardStreams.readInput(), from: "standard input")
  }

  /// A byte-order mark says how a file is encoded, and is no part of its first text.
  static func lines(of data: Data, from source: String) throws(BadText) -> [String] {
    let newline = UInt8(ascii: "\n")
    let mark = Data([0xEF, 0xBB, 0xBF])
    var lines = (data.starts(with: mark) ? data.dropFirst(mark.count) : data)
      .split(separator: newline, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    var texts: [String] = []
    for (index, line) in lines.enumerated() {
      let bytes = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw BadText(source: source, line: index + 1)
      }
      texts.append(text)
    }
    return texts
  }
}

/// A line that is no text. Read as if it were, it would be another text than the one that was meant.
struct BadText: ClassifiedError {
  let source: String
  let line: Int
  var kind: FailureKind { .badData }
  var description: String {
    "\(source), line \(line), is not UTF-8; convert it first, for instance with iconv."
  }
}

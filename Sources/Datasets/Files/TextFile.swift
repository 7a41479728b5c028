import Foundation

/// Text files that people write: class names, prompts, lists of images.
///
/// UTF-8, with or without a byte-order mark; lines end at a line feed, with or without a carriage return before it.
public enum TextFile {
  public struct Line: Sendable, Equatable {
    /// Counted from 1.
    public let number: Int
    /// Without blanks at either end.
    public let text: String
  }

  /// Longest file that is read, in bytes.
  static let largestFile = 1 << 30

  /// The lines of a file that are not blank.
  public static func lines(of path: String) throws(DatasetError) -> [Line] {
    try lines(in: FileReading.contents(of: path, limit: largestFile), of: path)
  }

  /// The lines of a text that are not blank; `file` is used in errors.
  public static func lines(in data: Data, of file: String) throws(DatasetError) -> [Line] {
    var bytes = data[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]),
      !bytes.prefix(1024).contains(0)
    else {
      throw .badList(
        file: file, line: 1, problem: "it is not UTF-8 text, but UTF-16 or binary; save it as UTF-8")
    }
    var lines: [Line] = []
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
    {
      guard let whole = String(validating: line, as: UTF8.self) else {
        throw .badList(
          file: file, line: index + 1, problem: "it is not valid UTF-8 text; save the file as UTF-8")
      }
      let text = whole.trimmingCharacters(in: .whitespacesAndNewlines)
      if text.isEmpty { continue }
      guard !text.utf8.contains(UInt8(ascii: "\r")) else {
        throw .badList(
          file: file, line: index + 1,
          problem: "its lines end with carriage returns alone; save it with line feeds")
      }
      lines.append(Line(number: index + 1, text: text))
    }
    return lines
  }

  /// The lines of a file that names one thing a line, such as a class: at least one, none twice.
  public static func names(in data: Data, of file: String) throws(DatasetError) -> [String] {
    let lines = try lines(in: data, of: file)
    guard !lines.isEmpty else {
      throw .badList(file: file, line: 1, problem: "it is empty; write one name a line")
    }
    var firstLine: [String: Int] = [:]
    for line in lines {
      if let first = firstLine.updateValue(line.number, forKey: line.text) {
        throw .badList(
          file: file, line: line.number, problem: "'\(line.text)' is in line \(first) already; name each once"
        )
      }
    }
    return lines.map(\.text)
  }

  /// The lines of a file of names.
  public static func names(of path: String) throws(DatasetError) -> [String] {
    try names(in: FileReading.contents(of: path, limit: largestFile), of: path)
  }
}

import Foundation
import ImageCodec

/// A line of an image list, `relative/path label`: split at its tab if it has one, else at its last space.
struct ListLine {
  let number: Int
  let path: String
  let label: String
  /// What it says besides of the image's group; nil where it says nothing.
  var group: String?

  /// Nil for a comment.
  static func parse(_ line: TextFile.Line, file: String) throws(DatasetError) -> ListLine? {
    func problem(_ words: String) -> DatasetError { .badList(file: file, line: line.number, problem: words) }
    let text = line.text
    let fields = text.split(separator: "\t", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    guard fields.count < 3 else {
      throw problem("it has \(fields.count) columns; expected 'relative/path', a tab and a label")
    }
    let parts = fields.count == 2 ? (fields[0], fields[1]) : splitAtLastSpace(text)
    if text.hasPrefix("#") {
      guard let parts, ImageDecoder.isImageFile(parts.0), !text.hasPrefix("# ") else { return nil }
      throw problem("it is a comment that looks like an image; write ./\(parts.0), or a blank after the #")
    }
    guard let parts, ImageDecoder.isImageFile(parts.0) || fields.count == 2 || !hasCommas(text) else {
      if hasCommas(text) {
        throw problem("it is separated by commas, which are not read; separate path and label by a tab")
      }
      throw problem("there is no label; expected 'relative/path label'")
    }
    for part in [parts.0, parts.1] where part.count > 1 {
      if let first = part.first, first == part.last, first == "\"" || first == "'" {
        throw problem(
          "\(part) is quoted; write paths and labels as they are, with a tab between if they have spaces")
      }
    }
    guard !parts.0.isEmpty, !parts.1.isEmpty else {
      throw problem("its path or label is empty; expected 'relative/path label'")
    }
    return ListLine(number: line.number, path: parts.0.expandingHome, label: parts.1)
  }

  private static func splitAtLastSpace(_ text: String) -> (String, String)? {
    guard let space = text.lastIndex(of: " ") else { return nil }
    return (text[..<space].trimmingCharacters(in: .whitespaces), String(text[text.index(after: space)...]))
  }

  /// Whether an image's name is one of several fields between commas.
  private static func hasCommas(_ text: String) -> Bool {
    let fields = text.split(separator: ",").map { $0.trimmingCharacters(in: [" ", "\"", "'"]) }
    return fields.count > 1 && (fields.contains { ImageDecoder.isImageFile($0) } || !text.contains(" "))
  }
}

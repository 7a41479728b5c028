import Foundation

/// A table of text: a line of names of columns, then rows of as many fields, separated by tabs or commas (RFC 4180: fields
/// in double quotes may hold separators, line feeds and doubled quotes).
package struct DelimitedText {
  package struct Row {
    /// Of the file, counted from 1.
    package let line: Int
    package let fields: [String]
  }

  /// The line that names the columns, counted from 1.
  package let headingLine: Int
  package let columns: [String]
  package let rows: [Row]

  /// Reads a file, by tabs where its first line has one, else by commas. Blank lines count for nothing.
  init(of file: String) throws(DatasetError) {
    try self.init(FileReading.contents(of: file, limit: TextFile.largestFile)[...], of: file)
  }

  /// Reads a file that may begin with remarks, lines that start with `#`.
  package init(remarked file: String) throws(DatasetError) {
    try self.init(remarked: [UInt8](FileReading.contents(of: file, limit: TextFile.largestFile)), of: file)
  }

  /// Reads the bytes of such a file, which errors call `file`.
  package init(remarked bytes: [UInt8], of file: String) throws(DatasetError) {
    var rest = bytes[...]
    if rest.starts(with: Self.byteOrderMark) { rest = rest.dropFirst(Self.byteOrderMark.count) }
    var line = 1
    while rest.first == UInt8(ascii: "#") {
      rest = rest.drop { $0 != UInt8(ascii: "\n") }.dropFirst()
      line += 1
    }
    try self.init(Data(rest)[...], of: file, from: line)
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private init(_ bytes: Data, of file: String, from line: Int = 1) throws(DatasetError) {
    var bytes = bytes
    if bytes.starts(with: Self.byteOrderMark) { bytes = bytes.dropFirst(Self.byteOrderMark.count) }
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.prefix(1024).contains(0) else {
      throw .badList(file: file, line: line, problem: "it is not UTF-8 text; save it as UTF-8")
    }
    let first = text.utf8.prefix { $0 != UInt8(ascii: "\n") }
    let separator = UInt8(ascii: first.contains(UInt8(ascii: "\t")) ? "\t" : ",")
    var rows = try Self.rows(of: Array(text.utf8), separator: separator, file: file, from: line)
    guard let heading = rows.first else {
      throw .badList(file: file, line: line, problem: "it is empty; expected a line of names of columns")
    }
    rows.removeFirst()
    headingLine = heading.line
    columns = heading.fields.map { $0.trimmingCharacters(in: .whitespaces) }
    guard columns.count > 1 else {
      throw .badList(
        file: file, line: heading.line,
        problem: "its first line names one column; separate columns by commas or tabs")
    }
    guard Set(columns).count == columns.count else {
      throw .badList(file: file, line: heading.line, problem: "two columns have one name; rename one")
    }
    for row in rows where row.fields.count != columns.count {
      throw .badList(
        file: file, line: row.line,
        problem: "it has \(row.fields.count) fields, and the first line names \(columns.count) columns")
    }
    self.rows = rows
  }

  private static func rows(
    of bytes: [UInt8], separator: UInt8, file: String, from start: Int
  ) throws(DatasetError) -> [Row] {
    let (quote, feed) = (UInt8(ascii: "\""), UInt8(ascii: "\n"))
    var rows: [Row] = []
    var fields: [String] = []
    var field: [UInt8] = []
    var (line, firstLine, position) = (start, start, 0)
    var isQuoted = false
    func endField() {
      fields.append(String(decoding: field, as: UTF8.self))
      field = []
    }
    func endRow() {
      if field.last == UInt8(ascii: "\r") { field.removeLast() }
      endField()
      if fields != [""] { rows.append(Row(line: firstLine, fields: fields)) }
      fields = []
    }
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == feed { line += 1 }
      if isQuoted {
        guard byte == quote else {
          field.append(byte)
          continue
        }
        if position < bytes.count, bytes[position] == quote {
          field.append(quote)
          position += 1
        } else {
          isQuoted = false
          let next = position < bytes.count ? bytes[position] : feed
          guard next == separator || next == feed || next == UInt8(ascii: "\r") else {
            throw .badList(
              file: file, line: line,
              problem: "something follows the double quote that closes a field; double those in it")
          }
        }
      } else if byte == quote, field.isEmpty {
        isQuoted = true
      } else if byte == separator {
        endField()
      } else if byte == feed {
        endRow()
        firstLine = line
      } else {
        field.append(byte)
      }
    }
    guard !isQuoted else {
      throw .badList(file: file, line: firstLine, problem: "a double quote is never closed")
    }
    if !field.isEmpty || !fields.isEmpty { endRow() }
    return rows
  }
}

/// A table as comma-separated values, quoted as RFC 4180 says.
public struct DelimitedTable: Sendable, Equatable {
  /// What stands between two fields.
  public enum Separator: String, Sendable {
    case comma = ","
    case tab = "\t"
  }

  /// What ends each line.
  public enum LineEnding: String, Sendable {
    /// What tools on Unix expect.
    case lineFeed = "\n"
    /// What RFC 4180 prescribes.
    case carriageReturnLineFeed = "\r\n"
  }

  public private(set) var columns: [String]
  public private(set) var rows: [[String]] = []

  /// A table with the given column names and no rows.
  public init(columns: [String]) { self.columns = columns }

  /// Adds a row, which must have a field for each column.
  public mutating func append(_ row: [String]) throws(ReportError) {
    guard row.count == columns.count else {
      throw .unevenRow(fields: row.count, columns: columns.count, row: rows.count + 1)
    }
    rows.append(row)
  }

  /// The table as text: a line of column names, unless it goes on with a file that has them, then a line for each row.
  public func text(
    separator: Separator = .comma, lineEnding: LineEnding = .lineFeed, hasHeader: Bool = true
  ) -> String {
    var result = ""
    for row in (hasHeader ? [columns] : []) + rows {
      result += row.map { field($0) }.joined(separator: separator.rawValue)
      result += lineEnding.rawValue
    }
    return result
  }

  /// A field, in quotes where it holds anything a reader could take for structure; an only field that is
  /// empty is quoted as well, since an empty line would be no row.
  private func field(_ text: String) -> String {
    let needsQuotes =
      text.unicodeScalars.contains { $0 == "\"" || $0 == "\n" || $0 == "\r" || $0 == "," || $0 == "\t" }
      || text.hasPrefix(" ") || text.hasSuffix(" ") || (text.isEmpty && columns.count == 1)
    guard needsQuotes else { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { quoted += "\"" }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }
}

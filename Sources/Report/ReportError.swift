/// Why a report, a table or an event file could not be written.
public enum ReportError: Error, Equatable, CustomStringConvertible {
  /// A file or folder cannot be created.
  case cannotCreate(path: String, reason: String)
  /// Reading or writing a file failed half way.
  case inputOutput(path: String, reason: String)
  /// A row of a table has not as many fields as the table has columns.
  case unevenRow(fields: Int, columns: Int, row: Int)
  /// A table that is part of the program cannot be read.
  case badTable(name: String, row: Int)

  public var description: String {
    switch self {
    case .cannotCreate(let path, let reason):
      "Cannot create \(path) (\(reason)); check that the folder exists and may be written to."
    case .inputOutput(let path, let reason):
      "Cannot write to \(path) (\(reason)); check the space left on its disk."
    case .unevenRow(let fields, let columns, let row):
      "Row \(row) of the table has \(fields) fields for \(columns) columns; give a field for each column."
    case .badTable(let name, let row):
      "Row \(row) of \(name), which is part of the program, cannot be read; build the program anew."
    }
  }
}

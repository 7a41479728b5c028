import Foundation

/// What people read: standard error. Standard output is for results.
enum Terminal {
  /// Whether progress bars can be drawn.
  static let isInteractive = isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb"
  static let usesColor = isInteractive && environment["NO_COLOR"] == nil
  private static let environment = ProcessInfo.processInfo.environment

  static func say(_ text: String) { write(text + "\n") }

  static func warn(_ text: String) { write(style("warning: ", "33") + text + "\n") }

  static func error(_ text: String) {
    let sentence = text.hasSuffix(".") ? text : text + "."
    write(style("error: ", "31;1") + sentence + "\n")
  }

  static func heading(_ text: String) { write(style(text, "1") + "\n") }

  /// Replaces the current line.
  static func line(_ text: String) { write("\r\u{1B}[K" + text) }

  static func endLine() { write("\n") }

  static func dim(_ text: String) -> String { style(text, "2") }

  static func print(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

  private static func style(_ text: String, _ code: String) -> String {
    usesColor ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  private static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

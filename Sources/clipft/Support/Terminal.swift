import Foundation

/// What people read: standard error. Standard output is for results.
enum Terminal {
  /// Whether progress bars can be drawn.
  static let isInteractive = isatty(STDERR_FILENO) == 1 && !["", "dumb"].contains(environment["TERM"] ?? "")
  /// https://no-color.org: a variable that is there and not empty.
  static let usesColor = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
  private static let environment = ProcessInfo.processInfo.environment

  /// Characters of a line: as $COLUMNS says, else as wide as the terminal is now, else nil.
  static var columns: Int? {
    if let columns = environment["COLUMNS"].flatMap(Int.init), columns > 0 { return columns }
    var size = winsize()
    for descriptor in [STDERR_FILENO, STDOUT_FILENO]
    where ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 {
      return Int(size.ws_col)
    }
    return nil
  }

  static func say(_ text: String) { write(text + "\n") }

  static func warn(_ text: String) { write(style("warning: ", "33") + text + "\n") }

  static func error(_ text: String) {
    let sentence = text.hasSuffix(".") || text.hasSuffix("?") ? text : text + "."
    write(style("error: ", "31;1") + sentence + "\n")
  }

  static func heading(_ text: String) { write(style(text, "1") + "\n") }

  /// Replaces the current line by the beginning of a text: a line that the terminal wraps cannot be replaced.
  static func line(_ text: String) { write("\r\u{1B}[K" + fitting(text, columns: (columns ?? 80) - 1)) }

  static func fitting(_ text: String, columns: Int) -> String {
    text.count <= columns ? text : columns < 1 ? "" : text.prefix(columns - 1) + "…"
  }

  static func endLine() { write("\n") }

  /// Standard output.
  static func print(_ text: String) { StandardStreams.writeOutput(text + "\n") }

  private static func style(_ text: String, _ code: String) -> String {
    usesColor ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  private static func write(_ text: String) { StandardStreams.writeErrors(text) }
}

extension String {
  private static let longestStart = 1400
  private static let longestEnd = 500

  /// The sentence of an error as one line of bounded length, whatever names and texts of hostile files are in it:
  /// without control characters, such as terminals obey, and without its middle where it is too long.
  package var asErrorLine: String {
    let scalars = unicodeScalars.map { scalar -> Unicode.Scalar in
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
      default: scalar
      }
    }
    var line = String.UnicodeScalarView()
    if scalars.count > Self.longestStart + Self.longestEnd {
      line.append(contentsOf: scalars.prefix(Self.longestStart))
      line.append(contentsOf: " … ".unicodeScalars)
      line.append(contentsOf: scalars.suffix(Self.longestEnd))
    } else {
      line.append(contentsOf: scalars)
    }
    return String(line)
  }
}

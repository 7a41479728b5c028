extension DecodingError {
  /// The key whose value it is about, with those it lies under.
  package var key: String {
    let path: [any CodingKey] =
      switch self {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
        context.codingPath
      case .keyNotFound(let key, let context): context.codingPath + [key]
      @unknown default: []
      }
    return path.map(\.stringValue).joined(separator: ".")
  }
}

extension Error {
  /// What keeps JSON from being decoded, to follow a clause: the key, or that it is no object; nothing for other errors.
  package var asJSONProblem: String {
    guard let error = self as? DecodingError else { return "" }
    return error.key.isEmpty ? " (it is no JSON object)" : ": \(error.key) cannot be read"
  }
}

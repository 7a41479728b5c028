/// `PATH?key=value&key=value`: a path, and what is said of it; the argument of a layout that needs more than a path.
struct PathQuery<Key: Hashable & CaseIterable & RawRepresentable & Sendable>: Sendable
where Key.RawValue == String {
  var path: String
  var values: [Key: String] = [:]

  /// Reads the argument of `layout`. The value of `last`, which holds an argument itself, goes to the end.
  init(
    _ argument: String, of layout: any DatasetLayout.Type, last: Key? = nil
  ) throws(DatasetError) {
    func problem(_ advice: String) -> DatasetError {
      .badSpecifier(text: "\(layout.prefix):\(argument)", advice: advice)
    }
    let parts = argument.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(
      String.init)
    guard let file = parts.first, !file.isEmpty else {
      throw problem("write \(layout.prefix):\(layout.form)")
    }
    path = file.expandingHome
    var rest = parts.count > 1 ? parts[1][...] : ""
    while !rest.isEmpty {
      guard let equals = rest.firstIndex(of: "="), let key = Key(rawValue: String(rest[..<equals])) else {
        throw problem(
          "'\(rest.prefix { $0 != "&" })' is none of \(Key.allCases.map { "\($0.rawValue)=…" }.joined(separator: ", "))"
        )
      }
      let after = rest[rest.index(after: equals)...]
      let value = key == last ? after : after.prefix { $0 != "&" }
      guard !value.isEmpty else { throw problem("nothing follows \(key.rawValue)=") }
      guard values.updateValue(String(value), forKey: key) == nil else {
        throw problem("it says \(key.rawValue) twice")
      }
      rest = after.dropFirst(value.count).drop { $0 == "&" }
    }
  }

  subscript(key: Key) -> String? {
    get { values[key] }
    set { values[key] = newValue }
  }

  /// What reads as this.
  var argument: String {
    let words = Key.allCases.compactMap { key in values[key].map { "\(key.rawValue)=\($0)" } }
    return path + (words.isEmpty ? "" : "?" + words.joined(separator: "&"))
  }

  /// The same with paths that do not depend on the working folder, also those of `keys` that lead somewhere from it: others are
  /// looked for beside the data.
  func absolute(_ keys: Key...) -> PathQuery {
    var query = self
    query.path = path.standardizedPath
    for key in keys {
      guard let value = values[key]?.expandingHome else { continue }
      query[key] = DirectoryListing.exists(value) ? value.standardizedPath : value
    }
    return query
  }
}

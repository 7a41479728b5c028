extension [DatasetClass] {
  /// What is to be said of names that several classes have: prompts cannot tell them apart. Nil where each has its own.
  public var sharedNamesNote: String? {
    let counts = Dictionary(map { ($0.name, 1) }, uniquingKeysWith: +).filter { $0.value > 1 }
    guard !counts.isEmpty else { return nil }
    let names = counts.keys.sorted(by: String.bytewise)
    let listed = names.prefix(5).map { "'\($0)'" }.joined(separator: ", ") + (names.count > 5 ? ", …" : "")
    return
      "\(names.count) class \(names.count == 1 ? "name is that" : "names are those") of several classes each (\(listed)): "
      + "no prompt tells these apart"
  }
}

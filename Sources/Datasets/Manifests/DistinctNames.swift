extension DatasetCatalog {
  /// Names for several datasets, no two the same: what each is called when it is opened, with as many of the folders above
  /// it as tell it from the others (`A/sketches`, `B/sketches`). The same data named twice are an error.
  public static func distinctNames(for specifiers: [DatasetSpecifier]) throws(DatasetError) -> [String] {
    var seen: Set<String> = []
    for specifier in specifiers where !seen.insert(specifier.absolute.text).inserted {
      throw .namedTwice(specifier.text)
    }
    let places = specifiers.map(place)
    var names = specifiers.map(name)
    var depth = 2
    // At full depth places differ, as their paths do; two of one path but different kinds get their prefix.
    while let groups = collisions(names) {
      let deepest = places.map { $0?.count ?? 0 }.max() ?? 0
      for index in groups {
        if let place = places[index], depth <= deepest {
          names[index] = place.suffix(depth).joined(separator: "/")
        } else if places[index] == nil || depth > deepest {
          names[index] = specifiers[index].text
        }
      }
      depth += 1
      if depth > deepest + 2 { break }
    }
    return names
  }

  /// What a dataset is called when nothing else has its name.
  static func name(of specifier: DatasetSpecifier) -> String {
    switch specifier {
    case .manifest(let name, _): name
    case .stored(let images): images.layout.displayName
    }
  }

  /// The parts of an absolute path; nil for a manifest.
  private static func place(_ specifier: DatasetSpecifier) -> [String]? {
    guard case .stored(let images) = specifier.absolute else { return nil }
    return images.layout.path.split(separator: "/").map(String.init)
  }

  /// The positions of names that occur more than once; nil if there are none.
  private static func collisions(_ names: [String]) -> [Int]? {
    let positions = Dictionary(grouping: names.indices, by: { names[$0] }).values.filter { $0.count > 1 }
    return positions.isEmpty ? nil : positions.flatMap { $0 }.sorted()
  }
}

extension DatasetCatalog {
  /// Names for several datasets, no two the same: what each is called when it is opened, with as many of the folders above
  /// it as tell it from the others (`A/sketches`, `B/sketches`). The same data named twice are an error.
  public static func distinctNames(for specifiers: [DatasetSpecifier]) throws(DatasetError) -> [String] {
    var seen: Set<String> = []
    for specifier in specifiers where !seen.insert(normal(specifier)).inserted {
      throw .badRequest("\(specifier.text) is named twice; name each dataset once")
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
    case .folder(let path): name(ofFolder: path)
    case .list(let file): file.lastPathComponent
    case .webDataset(let pattern): pattern.lastPathComponent
    }
  }

  private static func normal(_ specifier: DatasetSpecifier) -> String {
    guard let place = place(specifier) else { return specifier.text }
    return specifier.text.prefix { $0 != ":" } + ":" + place.joined(separator: "/")
  }

  /// The parts of an absolute path; nil for a manifest.
  private static func place(_ specifier: DatasetSpecifier) -> [String]? {
    let path: String
    switch specifier.absolute {
    case .manifest: return nil
    case .folder(let folder): path = folder
    case .list(let file): path = file
    case .webDataset(let pattern): path = pattern
    }
    return path.split(separator: "/").map(String.init)
  }

  /// The positions of names that occur more than once; nil if there are none.
  private static func collisions(_ names: [String]) -> [Int]? {
    let positions = Dictionary(grouping: names.indices, by: { names[$0] }).values.filter { $0.count > 1 }
    return positions.isEmpty ? nil : positions.flatMap { $0 }.sorted()
  }
}

extension ImageDataset {
  /// The same images under another name.
  public func named(_ name: String) -> any ImageDataset {
    name == self.name ? self : RenamedDataset(base: self, name: name)
  }
}

import Foundation
import Yams

/// Reads manifests strictly: unknown keys, missing files and inconsistent lists are errors that name the key.
struct ManifestReader {
  /// Longest manifest or list beside one, in bytes, and the most values one may hold.
  static let largestFile = 4 << 20
  static let mostValues = 1 << 18

  /// What to call the manifest in errors.
  let file: String
  /// Reads a file beside the manifest.
  let readBeside: (String) throws(DatasetError) -> Data

  func read(_ data: Data) throws(DatasetError) -> DatasetManifest {
    guard data.count <= Self.largestFile else { throw problem("it is larger than \(Self.largestFile) bytes") }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw problem("it is not valid UTF-8 text")
    }
    let root: Node
    do {
      guard let node = try Yams.compose(yaml: text) else { throw problem("it is empty") }
      root = node
    } catch let error as DatasetError {
      throw error
    } catch {
      throw problem(
        "it is not valid YAML: " + "\(error)".split(whereSeparator: \.isNewline).joined(separator: " "))
    }
    var budget = Self.mostValues
    guard Self.fits(root, budget: &budget) else {
      throw problem("it holds more than \(Self.mostValues) values")
    }
    try checkKeys(of: root, known: DatasetManifest.CodingKeys.allCases.map(\.rawValue), inside: "")
    for (split, source) in root.mapping?["splits"]?.mapping ?? [:] {
      let name = split.string ?? "?"
      guard DatasetSplit(rawValue: name) != nil else {
        throw problem("key 'splits': '\(name)' is none of train, val, test", at: split)
      }
      try checkKeys(of: source, known: ["path", "count", "root", "domain"], inside: "splits.\(name).")
    }
    for one in root.mapping?["variants"]?.sequence ?? [] where one.mapping != nil {
      try checkKeys(of: one, known: ["name", "values"], inside: "variants.")
    }
    for list in ["classes", "own_classes"] {
      for one in root.mapping?[list]?.sequence ?? [] where one.mapping != nil {
        try checkKeys(of: one, known: ["id", "name", "covers"], inside: "\(list).")
      }
    }
    try checkChoice("role", of: root, DatasetRole.allCases.map(\.rawValue))
    try checkChoice("folders", of: root, FolderDataset.FolderNaming.allCases.map(\.rawValue))
    try checkChoice("other_folders", of: root, FolderDataset.OtherFolders.allCases.map(\.rawValue))
    var manifest: DatasetManifest
    do {
      manifest = try YAMLDecoder().decode(DatasetManifest.self, from: root)
    } catch let error as DecodingError {
      throw problem(Self.words(for: error))
    } catch {
      throw problem("\(error)")
    }
    manifest.classes = .inline(try list(manifest.classes, key: "classes") { Self.classLine($0) })
    if let own = manifest.ownClasses {
      manifest.ownClasses = .inline(try list(own, key: "own_classes") { Self.classLine($0) })
    }
    if let subset = manifest.subset { manifest.subset = .inline(try list(subset, key: "subset") { $0 }) }
    if let templates = manifest.templates {
      manifest.templates = .inline(try list(templates, key: "templates") { $0 })
    }
    try check(manifest)
    return manifest
  }

  /// What decoding cannot see: whether the values make sense together.
  private func check(_ manifest: DatasetManifest) throws(DatasetError) {
    guard Self.isPlainName(manifest.name) else {
      throw problem("key 'name': '\(manifest.name)' may only have letters, digits, '.', '_' and '-'")
    }
    guard manifest.storage != nil || manifest.layout == DatasetManifest.drawnLayout else {
      let known = DatasetLayouts.all.map { $0.name } + [DatasetManifest.drawnLayout]
      throw problem("key 'layout': '\(manifest.layout)' is none of \(known.joined(separator: ", "))")
    }
    for variant in manifest.variants ?? [] {
      guard Self.isPlainName(variant.name), !variant.values.isEmpty,
        Set(variant.values).count == variant.values.count,
        variant.values.allSatisfy({ Self.isPlainName($0) && !$0.contains(".") })
      else {
        throw problem(
          "key 'variants': '\(variant.name)' needs values of letters, digits, '_' and '-', none of them twice"
        )
      }
      guard manifest.splits.values.allSatisfy({ $0.path?.contains("{\(variant.name)}") ?? false }) else {
        throw problem("key 'variants': a path of 'splits' has no {\(variant.name)}")
      }
    }
    guard manifest.variants.map({ !$0.isEmpty }) ?? true else {
      throw problem("key 'variants': it is empty; leave it out")
    }
    guard !manifest.splits.isEmpty else {
      throw problem("key 'splits': at least one of train, val, test is needed")
    }
    for (split, source) in manifest.splits {
      if manifest.storage != nil, source.path?.isEmpty ?? true {
        throw problem("key 'splits.\(split).path' is missing: say where the images are below the data root")
      }
      if let count = source.count, count < 1 {
        throw problem("key 'splits.\(split).count': \(count) is no count")
      }
    }
    let classes = manifest.classes.values
    guard !classes.isEmpty else { throw problem("key 'classes': at least one class is needed") }
    guard
      !(classes + (manifest.ownClasses?.values ?? [])).contains(where: { $0.name.isEmpty || $0.id.isEmpty })
    else { throw problem("key 'classes': a class has an empty identifier or name") }
    let ids = Set(classes.map(\.id))
    guard ids.count == classes.count else { throw problem("key 'classes': an identifier occurs twice") }
    if let subset = manifest.subset?.values {
      guard !subset.isEmpty else { throw problem("key 'subset': it is empty") }
      if let unknown = subset.first(where: { !ids.contains($0) }) {
        throw problem("key 'subset': '\(unknown)' is no identifier of the family's classes")
      }
      guard Set(subset).count == subset.count else {
        throw problem("key 'subset': an identifier occurs twice")
      }
    }
    try checkOwnClasses(manifest, familyIDs: ids)
    // Which metrics there are, those know who compute them.
    if let metric = manifest.metric, !Self.isPlainName(metric) {
      throw problem("key 'metric': '\(metric)' is no name of a metric, such as top1")
    }
    if let border = manifest.cropBorder, !(0...1024).contains(border) {
      throw problem("key 'crop_border': \(border) is no width in pixels")
    }
    for template in manifest.templates?.values ?? [] where !template.contains("{}") {
      throw problem("key 'templates': '\(template)' has no {} for the class name")
    }
  }

  private func checkOwnClasses(_ manifest: DatasetManifest, familyIDs: Set<String>) throws(DatasetError) {
    guard let own = manifest.ownClasses?.values else { return }
    guard manifest.subset == nil else {
      throw problem("key 'own_classes': there is a 'subset' as well; keep one")
    }
    guard Set(own.map(\.id)).count == own.count, !own.isEmpty else {
      throw problem("key 'own_classes': it is empty, or an identifier occurs twice")
    }
    var covered: Set<String> = []
    for one in own {
      guard !one.covers.isEmpty else {
        throw problem("key 'own_classes': '\(one.id)' covers no class of the family")
      }
      for id in one.covers {
        guard familyIDs.contains(id) else {
          throw problem(
            "key 'own_classes': '\(one.id)' covers '\(id)', which is no identifier of the family's")
        }
        guard covered.insert(id).inserted else {
          throw problem("key 'own_classes': '\(id)' is covered twice")
        }
      }
    }
  }

  /// The values of a list, from its file if it has one: a value a line, blank lines left out.
  private func list<Element>(
    _ list: ManifestList<Element>, key: String, line: (String) -> Element
  ) throws(DatasetError) -> [Element] {
    guard case .file(let name) = list else { return list.values }
    let data: Data
    do {
      data = try readBeside(name)
    } catch {
      throw problem("key '\(key)': \(error)")
    }
    do {
      return try TextFile.lines(in: data, of: name).map { line($0.text) }
    } catch {
      throw problem("key '\(key)': \(error)")
    }
  }

  /// `id<TAB>name<TAB>covered ids`, `id<TAB>name`, or a name alone.
  private static func classLine(_ line: String) -> DatasetClass {
    let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    guard fields.count > 1 else { return DatasetClass(id: line, name: line) }
    let covers = fields.dropFirst(2).flatMap { $0.split(separator: " ").map(String.init) }
    return DatasetClass(id: fields[0], name: fields[1], covers: covers)
  }

  /// Throws unless the value of a key, if it is there, is one of some words.
  private func checkChoice(_ key: String, of root: Node, _ words: [String]) throws(DatasetError) {
    guard let node = root.mapping?[key], let value = node.string, !words.contains(value) else { return }
    throw problem("key '\(key)': '\(value)' is none of \(words.joined(separator: ", "))", at: node)
  }

  private func checkKeys(of node: Node, known: [String], inside prefix: String) throws(DatasetError) {
    guard let mapping = node.mapping else {
      throw problem(
        "\(prefix.isEmpty ? "it" : "key '\(prefix.dropLast())'") must be a mapping of keys to values",
        at: node)
    }
    for (key, _) in mapping {
      guard let name = key.string, known.contains(name) else {
        throw problem(
          "unknown key '\(prefix)\(key.string ?? "?")'; known are \(known.joined(separator: ", "))", at: key)
      }
    }
  }

  /// Whether the tree has no more values than allowed, aliases counted as often as they are used.
  private static func fits(_ node: Node, budget: inout Int) -> Bool {
    budget -= 1
    guard budget >= 0 else { return false }
    switch node {
    case .scalar, .alias: return true
    case .sequence(let sequence): return sequence.allSatisfy { fits($0, budget: &budget) }
    case .mapping(let mapping):
      return mapping.allSatisfy { fits($0.key, budget: &budget) && fits($0.value, budget: &budget) }
    }
  }

  private func problem(_ text: String, at node: Node? = nil) -> DatasetError {
    .badManifest(file: node?.mark.map { "\(file), line \($0.line)" } ?? file, problem: text)
  }

  private static func words(for error: DecodingError) -> String {
    func key(_ path: [any CodingKey], _ last: (any CodingKey)? = nil) -> String {
      (path + (last.map { [$0] } ?? [])).map { $0.intValue.map(String.init) ?? $0.stringValue }
        .joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let missing, let context): return "key '\(key(context.codingPath, missing))' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      return "key '\(key(context.codingPath))': \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }

  /// Whether a name can be part of a file name without leading elsewhere.
  static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".")
      && name.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0))
      }
  }
}

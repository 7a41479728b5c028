import Checkpoint
import Datasets
import Foundation
import PEFT
import TensorCore
import Training
import WiSE

/// Reads a study's file. What is wrong in it is said with its line, before anything runs.
package struct StudyReader {
  let file: SpecFile

  package init(file: SpecFile) { self.file = file }

  private static let keys = ["name", "summary", "source", "cell", "axes", "skip", "search", "final", "score"]
  /// More than any machine computes; a slip of the pen makes more.
  static let mostCells = 1_000_000

  package func study() throws -> Study {
    try requireKnown(file.tree, under: "", Self.keys)
    let axes = try axes()
    let study = Study(
      name: try name(), summary: try text("summary") ?? "", source: try text("source"),
      common: file.part("cell", isRecipe: true), axes: axes, skips: try skips(axes),
      search: try file.tree["search"].map { try search($0, axes) },
      final: file.tree["final"] == nil ? nil : try part("final"), scoring: try scoring())
    try requireOneVoice(study)
    guard study.search != nil || study.final == nil else {
      throw error("final", "final says what differs from a search, and there is none; put it under cell")
    }
    let count = axes.reduce(1.0) { $0 * Double($1.values.count) }
    guard count <= Double(Self.mostCells) else {
      throw error("axes", "the axes make \(Int(min(count, 1e15))) runs; \(Self.mostCells) are the most")
    }
    return study
  }

  /// Throws where two parts of the file say the same key of one run: the names of runs would say what is not so.
  private func requireOneVoice(_ study: Study) throws {
    var said: [(key: String, path: String)] = []
    func add(_ key: String, _ paths: [String], besides others: [(key: String, path: String)]) throws {
      for path in paths {
        if let other = others.first(where: { SpecValue.overlap($0.path, path) }) {
          throw error(key, "\(key) says \(path), which \(other.key) says as well; let one of them say it")
        }
      }
    }
    for axis in study.axes {
      let key = "axes.\(axis.name)"
      let paths = Set(axis.values.flatMap { $0.part.tree.leaves.keys }).sorted()
      try add(key, paths, besides: said)
      said += paths.map { (key, $0) }
    }
    guard let search = study.search else { return }
    var tried: [(key: String, path: String)] = []
    for (key, paths) in search.paths { tried += paths.map { (key, $0) } }
    for one in tried { try add(one.key, [one.path], besides: said) }
    if !search.rungs.isEmpty {
      try add("search.rungs", ["schedule.epochs"], besides: tried)
    }
    try add("search.cell", search.part.map { Array($0.tree.leaves.keys).sorted() } ?? [], besides: tried)
    try add("final", study.final.map { Array($0.tree.leaves.keys).sorted() } ?? [], besides: said + tried)
  }

  // MARK: Parts

  private func name() throws -> String {
    guard let name = try text("name") else { throw error("name", "a study has a name; write name: WORD") }
    let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-_."))
    guard !name.isEmpty, !name.hasPrefix("."), name.unicodeScalars.allSatisfy(allowed.contains) else {
      throw error("name", "name is '\(name)', and names a folder; give letters, digits, - and _")
    }
    return name
  }

  private func axes() throws -> [Study.Axis] {
    guard let map = file.tree["axes"]?.map, !map.isEmpty else {
      throw error("axes", "a study has axes, in which its runs differ, such as method: [lora, ssf]")
    }
    // As they are written.
    let names = inOrder(map, under: "axes")
    return try names.map { name in
      let key = "axes.\(name)"
      let value = map[name] ?? .null
      let values =
        switch name {
        case Study.Axis.method: try methods(value, key)
        case Study.Axis.seed: try seeds(value, key)
        default: try self.values(name, value, key)
        }
      guard !values.isEmpty else { throw error(key, "\(key) has no values; give some, as in [1, 2]") }
      var labels: Set<String> = []
      for value in values where !labels.insert(value.label).inserted {
        throw error(key, "\(key) has \(value.label) twice; leave one away")
      }
      return Study.Axis(name: name, values: values)
    }
  }

  /// `[1, 2, 3]`, or how many, from 1.
  private func seeds(_ value: SpecValue, _ key: String) throws -> [Study.Axis.Value] {
    let listed: [SpecValue]
    switch value {
    case .integer(let count) where (1...1000).contains(count): listed = (1...count).map { .integer($0) }
    case .list(let values): listed = values
    default:
      throw error(
        key, "\(key) cannot be '\(value.text)'; give seeds as in [1, 2, 3], or how many, 1 to 1000")
    }
    return try listed.map { seed in
      switch seed {
      case .integer(0...), .natural: break
      default: throw error(key, "\(key) cannot be '\(seed.text)'; a seed is a whole number of at least 0")
      }
      return Study.Axis.Value(label: "seed=\(seed.text)", part: file.saying("seeds.all", seed, line: key))
    }
  }

  /// Names of methods, `all`, or methods with options, each option with one value or a list of them.
  private func methods(_ value: SpecValue, _ key: String) throws -> [Study.Axis.Value] {
    let entries: [SpecValue] =
      if case .list(let entries) = value { entries } else { [value] }
    return try entries.enumerated().flatMap { place, entry -> [Study.Axis.Value] in
      switch entry {
      case .text("all"): return MethodRegistry.all.map { method($0.name, [:], label: $0.name, line: key) }
      case .text(let name):
        try requireMethod(name, [:], key)
        return [method(name, [:], label: name, line: key)]
      case .map(let map):
        let key = "\(key).\(place)"
        try requireKnown(entry, under: key, ["name", "options", "label"])
        guard case .text(let name)? = map["name"] else {
          throw error(key, "\(key) names no method; write {name: lora, options: {rank: 4}}")
        }
        return try combinations(map["options"], key).map { options in
          try requireMethod(name, options.mapValues(\.text), key)
          let varied = map["options"]?.map?.filter { if case .list = $0.value { true } else { false } } ?? [:]
          let shown = (map["label"] == nil ? options : options.filter { varied[$0.key] != nil })
            .sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.text)" }
          let label = map["label"]?.text ?? name
          return method(
            name, options, label: label + (shown.isEmpty ? "" : "(\(shown.joined(separator: " ")))"),
            line: key)
        }
      default: throw error(key, "\(key) cannot hold '\(entry.text)'; give names of methods, or all")
      }
    }
  }

  private func method(
    _ name: String, _ options: [String: SpecValue], label: String, line: String
  ) -> Study.Axis.Value {
    var tree = SpecValue.map(["name": .text(name)])
    if !options.isEmpty { tree.merge(.map(["options": .map(options)])) }
    return Study.Axis.Value(label: label, part: file.saying("method", tree, line: line))
  }

  func requireMethod(_ name: String, _ options: [String: String], _ key: String) throws {
    do {
      _ = try MethodRegistry.method(named: name, options: options)
    } catch {
      throw self.error(key, error.description.asClause)
    }
  }

  /// Every combination of options, of which each has a value or a list of them.
  private func combinations(_ options: SpecValue?, _ key: String) throws -> [[String: SpecValue]] {
    guard let options else { return [[:]] }
    guard let map = options.map else {
      throw error("\(key).options", "options cannot be '\(options.text)'; write them as {rank: 4}")
    }
    return try map.sorted { $0.key < $1.key }.reduce([[:]]) { found, option in
      let values: [SpecValue] = if case .list(let values) = option.value { values } else { [option.value] }
      guard !values.isEmpty else {
        throw error("\(key).options", "\(key).options.\(option.key) has no values; give some, as in [1, 2]")
      }
      return found.flatMap { one in values.map { value in one.merging([option.key: value]) { $1 } } }
    }
  }

  /// Values of a key of the specification, or pieces of specifications under names.
  private func values(_ name: String, _ value: SpecValue, _ key: String) throws -> [Study.Axis.Value] {
    switch value {
    case .list(let values):
      let short = name.split(separator: ".").last.map(String.init) ?? name
      return values.map {
        Study.Axis.Value(label: "\(short)=\($0.text)", part: file.saying(name, $0, line: key))
      }
    case .map(let pieces):
      let labels = inOrder(pieces, under: key)
      return try labels.map { label in
        guard pieces[label]?.map != nil else {
          throw error(
            "\(key).\(label)",
            "\(key).\(label) cannot be '\(pieces[label]?.text ?? "")'; give keys of a specification, "
              + "as in {data: {dataset: shapes}}")
        }
        // Its name says nothing of single keys: like what all runs have in common, it is meant for the methods that heed it.
        return Study.Axis.Value(label: label, part: file.part("\(key).\(label)", isRecipe: true))
      }
    default:
      throw error(
        key,
        "\(key) cannot be '\(value.text)'; give a list of values, or pieces of specifications under names")
    }
  }

  private func skips(_ axes: [Study.Axis]) throws -> [Study.Skip] {
    guard let value = file.tree["skip"] else { return [] }
    guard case .list(let entries) = value else {
      throw error(
        "skip", "skip cannot be '\(value.text)'; give a list, as in [{method: full, shots: [1, 2]}]")
    }
    return try entries.enumerated().map { place, entry in
      guard let map = entry.map, !map.isEmpty else {
        throw error("skip", "skip holds '\(entry.text)'; give values by axis, as in {method: full}")
      }
      return Study.Skip(
        labels: try map.reduce(into: [:]) { labels, pair in
          guard let axis = axes.first(where: { $0.name == pair.key }) else {
            throw error(
              "skip.\(place).\(pair.key)",
              "skip names the axis '\(pair.key)', and there are \(axes.map(\.name).joined(separator: ", "))")
          }
          let wanted: [SpecValue] = if case .list(let values) = pair.value { values } else { [pair.value] }
          labels[axis.name] = try Set(
            wanted.map { value in
              let found = axis.values.first { $0.label == value.text || $0.label.hasSuffix("=\(value.text)") }
              guard let found else {
                throw error(
                  "skip.\(place).\(pair.key)",
                  "skip names \(pair.key) '\(value.text)', and there are \(axis.values.map(\.label).joined(separator: ", "))"
                )
              }
              return found.label
            })
        })
    }
  }

  // MARK: Scoring

  func scoring() throws -> StudyScoring? {
    guard let value = file.tree["score"], value != .null else { return nil }
    try requireKnown(value, under: "score", ["alphas", "datasets", "rule"])
    let alphas: [Double]
    do {
      alphas = try AlphaGrid(parsing: alphaText(value["alphas"])).values
    } catch {
      throw self.error("score.alphas", error.description.asClause)
    }
    let rule = try word("score.rule", AlphaSelection.Rule.self) ?? .oneStandardError
    guard AlphaSelection.Rule.honest.contains(rule) else {
      throw error(
        "score.rule",
        "score.rule is \(rule.rawValue), which looks at test images; it is shown beside, and \(AlphaSelection.Rule.honest.map(\.rawValue).joined(separator: ", ")) select"
      )
    }
    guard rule != .fixed || alphas.contains(AlphaSelection.fixedAlpha) else {
      throw error(
        "score.rule", "score.rule fixed selects alpha 0.5, which score.alphas does not have; add it")
    }
    var names: [String] = []
    switch value["datasets"] {
    case nil: break
    case .list(let values): names = values.map(\.text)
    case .some(let other): names = [other.text]
    }
    guard value["datasets"] == nil || !names.isEmpty else {
      throw error(
        "score.datasets",
        "score.datasets names nothing; leave it away for the data's own test images and shifts, or name some")
    }
    let datasets = try names.map { name in
      do throws(DatasetError) {
        return try SetArgument(parsing: name).written
      } catch {
        throw self.error("score.datasets", error.description.asClause)
      }
    }
    for (place, name) in datasets.enumerated() where datasets[..<place].contains(name) {
      throw error("score.datasets", "score.datasets names \(name) twice; name it once")
    }
    return StudyScoring(
      alphas: alphas, datasets: datasets, rule: rule, place: file.place(of: "score.datasets"))
  }

  private func alphaText(_ value: SpecValue?) -> String {
    switch value {
    case nil: "0:1:0.1"
    case .list(let values): values.map(\.text).joined(separator: ",")
    case .some(let value): value.text
    }
  }

  // MARK: Values

  /// Keys as they are written.
  func inOrder(_ map: [String: SpecValue], under key: String) -> [String] {
    map.keys.sorted { (file.order["\(key).\($0)"] ?? 0, $0) < (file.order["\(key).\($1)"] ?? 0, $1) }
  }

  func part(_ key: String) throws -> SpecFile {
    guard file.tree[key]?.map != nil else {
      throw error(key, "\(key) cannot be '\(file.tree[key]?.text ?? "")'; give keys of a specification")
    }
    return file.part(key)
  }

  func text(_ key: String) throws -> String? {
    switch file.tree[key] {
    case nil, .null: return nil
    case .list, .map: throw error(key, "\(key) cannot be '\(file.tree[key]?.text ?? "")'; give text")
    case .some(let value): return value.text
    }
  }

  /// One whole number of at least 0, or a list of them.
  func wholes(_ key: String) throws -> [Int]? {
    guard let value = file.tree[key] else { return nil }
    let values: [SpecValue] = if case .list(let values) = value { values } else { [value] }
    return try values.map {
      guard case .integer(let number) = $0, number >= 0, number < 1 << 32 else {
        throw error(key, "\(key) cannot be '\($0.text)'; give whole numbers of at least 0")
      }
      return Int(number)
    }
  }

  /// One whole number of at least 0.
  func whole(_ key: String) throws -> Int? {
    if case .list? = file.tree[key] {
      throw error(
        key, "\(key) cannot be '\(file.tree[key]?.text ?? "")'; give one whole number of at least 0")
    }
    return try wholes(key)?.first
  }

  func word<Word: RawRepresentable & CaseIterable>(
    _ key: String, _ type: Word.Type
  ) throws -> Word? where Word.RawValue == String {
    guard let text = try text(key) else { return nil }
    guard let word = Word(rawValue: text) else {
      throw error(
        key, "\(key) is '\(text)'; there are \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return word
  }

  func requireKnown(_ value: SpecValue, under key: String, _ known: [String]) throws {
    guard let map = value.map else {
      throw error(key, "\(key) cannot be '\(value.text)'; give \(known.joined(separator: ", ")) under it")
    }
    for name in map.keys.sorted() where !known.contains(name) {
      let hint = Spelling.nearest(to: name, in: known).map { ", did you mean \($0)" } ?? ""
      throw error(
        key.isEmpty ? name : "\(key).\(name)",
        "there is no key '\(name)'\(key.isEmpty ? "" : " under \(key)")\(hint); known are \(known.joined(separator: ", "))"
      )
    }
  }

  func error(_ key: String, _ problem: String) -> SpecError {
    SpecError(place: file.place(of: key), problem: problem)
  }
}

extension SpecFile {
  /// What it says under a key, as a file of its own with the lines of this one.
  func part(_ key: String, isRecipe: Bool = false) -> SpecFile {
    let start = key + "."
    let inner = lines.filter { $0.key.hasPrefix(start) }
    return SpecFile(
      path: path, tree: tree[key] ?? .map([:]),
      lines: Dictionary(
        uniqueKeysWithValues: inner.map { (String($0.key.dropFirst(start.count)), $0.value) }),
      isRecipe: isRecipe)
  }

  /// A file that says one key, in the line of `key` of this one.
  func saying(_ path: String, _ value: SpecValue, line key: String) -> SpecFile {
    var tree = SpecValue.map([:])
    // An empty map takes every path.
    _ = tree.set(path, to: value)
    return SpecFile(
      path: self.path, tree: tree, lines: nearestLine(of: key).map { [path: $0] } ?? [:], isRecipe: false)
  }
}

import PEFT
import TensorCore
import Training
import WiSE

extension StudyReader {
  /// How options are searched for.
  func search(_ value: SpecValue, _ axes: [Study.Axis]) throws -> StudySearch {
    try requireKnown(
      value, under: "search",
      ["strategy", "try", "options", "trials", "seed", "rungs", "keep", "select", "on", "cell"])
    guard axes.contains(where: { $0.name == Study.Axis.method }) || file.tree["cell.method.name"] != nil
    else {
      throw error(
        "search", "a search is one of a method's settings; give an axis method, or cell: {method: {name: …}}")
    }
    let strategy = try word("search.strategy", StudySearch.Strategy.self) ?? .grid
    let rungs = try wholes("search.rungs") ?? []
    let trials = try whole("search.trials")
    guard strategy != .grid || trials == nil else {
      throw error(
        "search.trials", "search.trials draws candidates, and a grid tries all; say strategy: random")
    }
    guard trials ?? 1 > 0 else {
      throw error("search.trials", "search.trials is 0; give at least 1")
    }
    for key in ["seed"] where strategy == .grid && value[key] != nil {
      throw error(
        "search.\(key)", "search.\(key) draws candidates, and a grid tries all; say strategy: random")
    }
    guard strategy == .halving || value["keep"] == nil else {
      throw error("search.keep", "search.keep is a part of a rung, and only strategy: halving has rungs")
    }
    guard strategy == .grid || trials != nil else {
      throw error("search", "search.strategy \(strategy.rawValue) draws candidates; say how many with trials")
    }
    guard strategy == .halving ? rungs.count > 1 : rungs.isEmpty, rungs == rungs.sorted(),
      Set(rungs).count == rungs.count, rungs.allSatisfy({ $0 > 0 })
    else {
      throw error(
        rungs.isEmpty ? "search.strategy" : "search.rungs",
        strategy == .halving
          ? "halving takes the epochs of two rungs or more, each more than the one before, as in rungs: [5, 15, 45]"
          : "rungs are those of strategy: halving")
    }
    let kept = value["keep"] == nil ? 1.0 / 3 : value["keep"]?.number ?? 0
    guard kept > 0, kept < 1 else {
      throw error(
        "search.keep", "search.keep is '\(file.tree["search.keep"]?.text ?? "")'; give a part between 0 and 1"
      )
    }
    let judge = try judge()
    if judge != .validation {
      guard let alphas = try scoring()?.alphas, alphas.contains(1) else {
        throw error(
          "search.on", "search.on looks at fine-tuned weights, so that score.alphas must have 1; add it")
      }
    }
    let seed = UInt64(try whole("search.seed") ?? 0)
    let choices = try self.choices("search.try", trials: trials, seed: seed) { name, value, key in
      file.saying(name, value, line: key)
    }
    var ofMethods: [String: [StudySearch.Choice]] = [:]
    for (name, _) in value["options"]?.map ?? [:] {
      let key = "search.options.\(name)"
      try requireMethod(name, [:], key)
      guard methods(of: axes).contains(name) else {
        throw error(
          key, "\(key) is tried with \(name), which no run of the study has; leave it away, or add the method"
        )
      }
      ofMethods[name] = try self.choices(key, trials: trials, seed: seed) { option, value, line in
        try requireMethod(name, [option: value.text], "\(key).\(option)")
        return file.saying("method.options.\(option)", value, line: line)
      }
    }
    guard !choices.isEmpty || !ofMethods.isEmpty else {
      throw error(
        "search", "search tries nothing; give values by key, as in try: {optimizer.lr: [1e-3, 1e-2]}")
    }
    return StudySearch(
      strategy: strategy, judge: judge, trials: trials, seed: seed,
      rungs: rungs, kept: kept, choices: choices, ofMethods: ofMethods,
      part: file.tree["search.cell"] == nil ? nil : try part("search.cell"))
  }

  /// Names of the methods that runs have.
  private func methods(of axes: [Study.Axis]) -> Set<String> {
    let parts = axes.flatMap { $0.values.map(\.part.tree) } + [file.tree["cell"] ?? .null]
    return Set(parts.compactMap { $0["method.name"]?.text })
  }

  /// Test images may choose only under the name of an oracle.
  private func judge() throws -> StudySearch.Judge {
    let judge = try word("search.on", StudySearch.Judge.self) ?? .validation
    let rule = try text("search.select") ?? (judge == .validation ? "best-validation" : "")
    switch (rule, judge) {
    case ("best-validation", .validation), ("oracle", .target), ("oracle", .shifts): return judge
    case ("best-validation", _), ("", _):
      throw error(
        "search.on",
        "search.on is \(judge.rawValue): that would choose on test images, which is an upper bound and no result; choose on "
          + "validation, or say select: oracle")
    case ("oracle", _):
      throw error(
        "search.select",
        "search.select is oracle, which looks at test images; say which with on: target or on: shifts")
    default:
      throw error("search.select", "search.select is '\(rule)'; there are best-validation, oracle")
    }
  }

  /// `trials` are how many values are drawn of a range; nil where nothing is drawn.
  private func choices(
    _ key: String, trials: Int?, seed: UInt64,
    part: (_ name: String, _ value: SpecValue, _ line: String) throws -> SpecFile
  ) throws -> [StudySearch.Choice] {
    guard let value = file.tree[key] else { return [] }
    guard let map = value.map else {
      throw error(
        key, "\(key) cannot be '\(value.text)'; give values by key, as in {optimizer.lr: [1e-3, 1e-2]}")
    }
    return try inOrder(map, under: key).map { name in
      let (value, key) = (map[name] ?? .null, "\(key).\(name)")
      let values: [SpecValue]
      let range = try range(value, key)
      if let range {
        guard let trials else {
          throw error(
            key, "\(key) is a range, which a grid cannot try; give values, or say strategy: random and trials"
          )
        }
        values = range.drawn(trials, seed: SeededRandom.seed(seed, named: key))
      } else if case .list(let list) = value, !list.isEmpty {
        values = list
      } else {
        throw error(
          key,
          "\(key) cannot be '\(value.text)'; give a list of values, as in [1, 2], or a range, as in {min: 1, max: 2}"
        )
      }
      if range == nil, let twice = values.first(where: { value in values.count { $0 == value } > 1 }) {
        throw error(key, "\(key) has \(twice.text) twice; give each value once")
      }
      let short = name.split(separator: ".").last.map(String.init) ?? name
      return StudySearch.Choice(
        name: name,
        values: try values.map {
          Study.Axis.Value(label: "\(short)=\($0.text)", part: try part(name, $0, key))
        }, isDrawn: range != nil)
    }
  }
}

/// Turns the labels of a list or shard, written as text, into class indices.
struct LabelTexts {
  /// The most classes whole-number labels may span when no class list is given.
  static let mostClasses = 1 << 20

  let labels: [Int32]
  let classes: [DatasetClass]

  /// What a layout's `first=` says: what whole-number labels count from.
  static func first(_ text: String?, of argument: String) throws(DatasetError) -> Int {
    guard let text else { return 0 }
    guard text == "0" || text == "1" else {
      throw .badSpecifier(text: argument, advice: "labels count from first=0 or first=1")
    }
    return text == "0" ? 0 : 1
  }

  /// `first` is what whole numbers count from, where that is not 0.
  ///
  /// With `classes`, whole numbers are indices, unless the classes themselves are called by whole numbers; other labels are
  /// identifiers or names. Which labels a file happens to have decides nothing, so that all files of a dataset are read alike.
  ///
  /// Without, what there is are the classes: whole numbers in their order, other labels sorted. `problem` makes the error
  /// for the label at a position.
  init(
    _ texts: [String], classes: [DatasetClass]?, first: Int = 0,
    problem: (_ position: Int, _ words: String) -> DatasetError
  ) throws(DatasetError) {
    let numbers = texts.compactMap { Int($0) }.map { $0.subtractingReportingOverflow(first).partialValue }
    if first != 0, let position = texts.firstIndex(where: { Int($0) == nil }) {
      throw problem(
        position, "label '\(texts[position])' is no whole number, so it cannot count from \(first)")
    }
    if first != 0, classes?.allSatisfy({ Int($0.name) != nil }) ?? false, !texts.isEmpty {
      throw problem(0, "the classes are called by numbers, which labels name; leave out first=\(first)")
    }
    if numbers.count == texts.count {
      if let position = numbers.firstIndex(where: { $0 < 0 || $0 >= Self.mostClasses }) {
        throw problem(
          position,
          "label \(texts[position]) is not in \(first)..<\((classes?.count ?? Self.mostClasses) + first)")
      }
      guard let classes else {
        let all = Set(numbers).sorted()
        let places = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1, Int32($0)) })
        labels = numbers.map { places[$0] ?? 0 }
        self.classes = all.map { DatasetClass(id: String($0 + first), name: String($0 + first)) }
        return
      }
      if !classes.allSatisfy({ Int($0.name) != nil }) {
        if let position = numbers.firstIndex(where: { $0 >= classes.count }) {
          let counts = first == 0 && numbers.min() == 1 && numbers.max() == classes.count
          throw problem(
            position,
            "label \(texts[position]) is not in \(first)..<\(classes.count + first)"
              + (counts ? "; if labels count from 1, write ?first=1 behind the file" : ""))
        }
        labels = numbers.map { Int32($0) }
        self.classes = classes
        return
      }
    } else if classes == nil, 2 * numbers.count > texts.count,
      let position = texts.firstIndex(where: { Int($0) == nil })
    {
      throw problem(position, "label '\(texts[position])' is no whole number, as most others are")
    }
    let known = classes ?? Set(texts).sorted(by: String.bytewise).map { DatasetClass(id: $0, name: $0) }
    let lookup = ClassLookup(known)
    var indices: [String: Int32] = [:]
    var labels: [Int32] = []
    for (position, text) in texts.enumerated() {
      if let index = indices[text] {
        labels.append(index)
        continue
      }
      guard let index = try lookup.index(of: text) else {
        throw problem(
          position, "'\(text)' is none of the \(known.count) classes" + lookup.suggestion(for: text))
      }
      indices[text] = Int32(index)
      labels.append(Int32(index))
    }
    self.labels = labels
    self.classes = known
  }
}

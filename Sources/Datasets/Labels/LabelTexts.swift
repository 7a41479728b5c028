/// Turns the labels of a list or shard, written as text, into class indices.
struct LabelTexts {
  /// The most classes whole-number labels may span when no class list is given.
  static let mostClasses = 1 << 20

  let labels: [Int32]
  let classes: [DatasetClass]

  /// Labels that are all whole numbers are indices; otherwise they are identifiers or names.
  ///
  /// Without `classes`, indices name classes "0", "1", …, and names are sorted. `problem` makes the error for the
  /// label at a position.
  init(
    _ texts: [String], classes: [DatasetClass]?, problem: (_ position: Int, _ words: String) -> DatasetError
  ) throws(DatasetError) {
    let numbers = texts.compactMap { Int($0) }
    if numbers.count == texts.count {
      let limit = classes?.count ?? Self.mostClasses
      if let position = numbers.firstIndex(where: { $0 < 0 || $0 >= limit }) {
        throw problem(position, "label \(texts[position]) is not in 0..<\(limit)")
      }
      labels = numbers.map { Int32($0) }
      self.classes =
        classes ?? (0...(numbers.max() ?? 0)).map { DatasetClass(id: String($0), name: String($0)) }
      return
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

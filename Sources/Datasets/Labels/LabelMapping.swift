/// Where the classes of a dataset lie in the class list of a head.
///
/// A shift often has a part of the head's classes; scored over `competitors`, only those compete for an image.
public struct LabelMapping: Sendable, Equatable {
  /// For each class of the dataset, its index in the head; several, where it covers several of the head's.
  public let groups: [[Int]]
  /// Number of classes of the head.
  public let headCount: Int

  /// Finds every class of `dataset` in `head`: by identifier where all are found so, otherwise by what they cover,
  /// otherwise by name.
  ///
  /// A name that several classes share (ImageNet has two) is resolved by order, if both lists have it as often.
  public init(from dataset: [DatasetClass], to head: [DatasetClass]) throws(DatasetError) {
    headCount = head.count
    if let byID = Self.matchByID(dataset.map { [$0.id] }, head) ?? Self.matchByID(dataset.map(\.covers), head)
    {
      groups = byID
      return
    }
    let lookup = ClassLookup(head)
    var timesSeen: [String: Int] = [:]
    let repeats = Dictionary(dataset.map { ($0.name, 1) }, uniquingKeysWith: +)
    var unknown: [String] = []
    var indices: [Int] = []
    for one in dataset {
      let found = lookup.candidates(for: one.name)
      let seen = timesSeen[one.name, default: 0]
      timesSeen[one.name] = seen + 1
      if found.isEmpty {
        unknown.append("'\(one.name)'" + lookup.suggestion(for: one.name))
      } else if found.count == 1 && seen == 0 {
        indices.append(found[0])
      } else if found.count == repeats[one.name] {
        indices.append(found[seen])
      } else {
        throw .unknownClasses(
          "class '\(one.name)' occurs \(repeats[one.name] ?? 0) times in the dataset and \(found.count) times in the "
            + "head: give both class identifiers")
      }
    }
    guard unknown.isEmpty else {
      throw .unknownClasses(
        "\(unknown.count) of the dataset's \(dataset.count) classes are unknown to the model's head: "
          + unknown.prefix(5).joined(separator: ", ") + (unknown.count > 5 ? ", …" : "")
          + "; name the classes as the head does, or, where a run is scored, have a head made for them from text (--head text)"
      )
    }
    guard Set(indices).count == indices.count else {
      let twice =
        Dictionary(grouping: indices.indices, by: { indices[$0] }).values.first { $0.count > 1 } ?? []
      throw .unknownClasses(
        "several classes of the dataset (\(twice.map { "'\(dataset[$0].name)'" }.joined(separator: ", "))) are one "
          + "class of the head")
    }
    groups = indices.map { [$0] }
  }

  /// Finds every class name of `dataset` in `head`.
  public init(from dataset: [String], to head: [String]) throws(DatasetError) {
    try self.init(
      from: dataset.map { DatasetClass(id: $0, name: $0) }, to: head.map { DatasetClass(id: $0, name: $0) })
  }

  /// The index by which each class of the dataset is known in the head: the first of its group.
  public var headIndices: [Int] { groups.map { $0[0] } }

  /// Whether both lists are the same classes in the same order.
  public var isIdentity: Bool { groups == (0..<headCount).map { [$0] } }

  /// The groups of the head's classes that compete for an image, each with its highest logit, the dataset's own first;
  /// nil when all of the head's compete, each for itself.
  public func competitors(_ competition: Competition) -> [[Int]]? {
    var competing = groups
    if competition == .full {
      let own = Set(groups.joined())
      competing += (0..<headCount).filter { !own.contains($0) }.map { [$0] }
    }
    return competing.count == headCount && competing.allSatisfy { $0.count == 1 } ? nil : competing
  }

  /// The head's class indices for labels of the dataset.
  public func targets(for labels: [Int32]) throws(DatasetError) -> [Int32] {
    if let bad = labels.first(where: { !groups.indices.contains(Int($0)) }) {
      throw .badRequest("label \(bad) is not among the dataset's \(groups.count) classes")
    }
    return labels.map { Int32(groups[Int($0)][0]) }
  }

  /// The groups of head classes with these identifiers; nil unless all are found, each once.
  private static func matchByID(_ identifiers: [[String]], _ head: [DatasetClass]) -> [[Int]]? {
    var positions: [String: Int] = [:]
    for (index, one) in head.enumerated() where positions.updateValue(index, forKey: one.id) != nil {
      return nil
    }
    var taken: Set<Int> = []
    var groups: [[Int]] = []
    for group in identifiers {
      let indices = group.compactMap { positions[$0] }
      guard !indices.isEmpty, indices.count == group.count else { return nil }
      for index in indices where !taken.insert(index).inserted { return nil }
      groups.append(indices)
    }
    return groups
  }
}

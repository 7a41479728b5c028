import Training

/// Runs that differ in nothing but their seeds belong together: they are one method, trained several times.
public struct RunGroups: Sendable {
  /// The groups, each with its runs' places in the order of their seeds; groups in the order of their first runs.
  public let members: [[Int]]
  /// What each group is called: the method's name; where several have it, with what of their options differs; where that is
  /// nothing, with the folder of the first run.
  public let names: [String]
  /// What was left out, a sentence each: of runs that are alike to the seed, all but the last.
  public let notes: [String]
  /// That groups were trained on different images, in a sentence; nil where they were not.
  public let trainedApart: String?

  /// From the folders and records of runs.
  public init(_ runs: [(folder: RunFolder, record: RunRecord)]) {
    var (groups, notes) = ([[Int]](), [String]())
    for (place, one) in runs.enumerated() {
      guard
        let group = groups.firstIndex(where: { Self.differOnlyInSeed(runs[$0[0]].record, one.record) })
      else {
        groups.append([place])
        continue
      }
      let seed = one.record.settings.seeds.all
      if let twin = groups[group].firstIndex(where: { runs[$0].record.settings.seeds.all == seed }) {
        // The same run again: it is no second seed.
        notes.append(
          "\(runs[groups[group][twin]].folder.url.relativePath) is left out: \(one.folder.url.relativePath) has the same "
            + "method, options, settings, data and seed")
        groups[group][twin] = place
      } else {
        groups[group].append(place)
      }
    }
    members = groups.map { group in
      group.sorted { runs[$0].record.settings.seeds.all < runs[$1].record.settings.seeds.all }
    }
    self.notes = notes
    let firsts = members.map { runs[$0[0]] }
    names = firsts.map { run in
      let rivals = firsts.filter { $0.record.method == run.record.method }
      guard rivals.count > 1 else { return run.record.method }
      let options = run.record.choices.filter { name, value in
        rivals.contains { $0.record.choices[name] != value }
      }
      let same = rivals.filter { $0.record.choices == run.record.choices }
      let parts =
        options.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        + (same.count > 1 ? [run.folder.url.lastPathComponent] : [])
      return "\(run.record.method) (\(parts.joined(separator: ", ")))"
    }
    trainedApart = TrainedImages.difference(
      among: zip(names, members).map { name, members in (name, members.map { runs[$0].record }) })
  }

  private static func differOnlyInSeed(_ a: RunRecord, _ b: RunRecord) -> Bool {
    var (one, other) = (a.spec, b.spec)
    (one.settings, other.settings) = (a.settings.ofAnySeed, b.settings.ofAnySeed)
    // A recipe is what it says; what it computed on is recorded apart.
    (one.recipe, other.recipe, one.precision, other.precision) = (nil, nil, .fp32, .fp32)
    return one == other
  }
}

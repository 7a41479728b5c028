/// Whether methods were trained on the same images, which a table of them takes for granted.
enum TrainedImages {
  /// What a reader must know where they were not, in a sentence without its full stop; nil where they were.
  ///
  /// Where the numbers are the same, runs of the same seed are compared by what the images are: another seed may have drawn others.
  static func difference(among groups: [(name: String, records: [RunRecord])]) -> String? {
    func words(_ data: RunRecord.Data) -> String {
      "\(data.train.n) images of \(data.name) (\(data.validation.n) for validation)"
    }
    let said = groups.map { group in
      group.records.map { words($0.data) }.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    }
    if Set(said).count > 1 || said.contains(where: { $0.count > 1 }) {
      return "the methods were not trained on the same images, which may be what they differ in: "
        + zip(groups, said).map { "\($0.name) on \($1.joined(separator: " or "))" }.joined(separator: ", ")
    }
    for (place, one) in groups.enumerated() {
      for other in groups.dropFirst(place + 1) {
        for a in one.records {
          for b in other.records where a.settings.seeds.all == b.settings.seeds.all {
            guard
              a.data.train.sha256 == b.data.train.sha256, a.data.validation.sha256 == b.data.validation.sha256
            else {
              return
                "\(one.name) and \(other.name) were trained or validated on different images, as many of them, which may be "
                + "what they differ in"
            }
          }
        }
      }
    }
    return nil
  }
}

import Training

/// Which images a name stands for, so that no mean is taken over scores of different ones.
struct ImageIdentities {
  private var seen: [String: (sha256: String, cell: String)] = [:]

  /// Throws where a run's target or shift has the name of other images. Validation images may differ from seed to seed.
  mutating func add(_ curve: CellResult.Curve, cell: String) throws(TrainingError) {
    for set in curve.sets where set.role != "validation" {
      guard let first = seen[set.dataset] else {
        seen[set.dataset] = (set.imagesSha256, cell)
        continue
      }
      guard first.sha256 == set.imagesSha256 else {
        throw .notComparable(
          "\(first.cell) and \(cell) were scored on different images called \(set.dataset) (SHA-256 "
            + "\(first.sha256.prefix(12))… and \(set.imagesSha256.prefix(12))…): have the images as they were and run the runs "
            + "again whose scores are of others.")
      }
    }
  }
}

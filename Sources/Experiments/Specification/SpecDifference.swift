/// One key in which two runs differ.
public struct SpecDifference: Encodable, Equatable, Sendable {
  /// `optimizer.lr`; of what a run was made from beside its specification, `model.sha256` and its like.
  public let key: String
  public let first, second: SpecValue

  /// What differs between two runs of what was asked for and what they were made from; not what they came to, nor when.
  public static func between(_ a: RunRecord, _ b: RunRecord) throws -> [SpecDifference] {
    let (one, other) = (try made(a), try made(b))
    return Set(one.keys).union(other.keys).sorted().compactMap { key in
      let (mine, theirs) = (one[key] ?? .null, other[key] ?? .null)
      return mine == theirs ? nil : SpecDifference(key: key, first: mine, second: theirs)
    }
  }

  private static func made(_ record: RunRecord) throws -> [String: SpecValue] {
    var leaves = try record.spec.tree.leaves
    // A list that is a value is one key.
    leaves["images.train"] = .text(record.data.train.sha256)
    leaves["images.validation"] = .text(record.data.validation.sha256)
    leaves["weights"] = .text(record.model.sha256)
    leaves["program"] = .text(record.programVersion)
    leaves["engine"] = .text(record.latestMachine.engine)
    leaves["threads"] = .integer(Int64(record.latestMachine.threads))
    return leaves
  }
}

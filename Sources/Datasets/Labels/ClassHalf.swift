/// A half of a dataset's classes, in the order of labels, as generalisation from base to new classes has them (Zhou et al.,
/// CoCoOp, CVPR 2022; their code's `SUBSAMPLE_CLASSES`): the first half, the larger of two, is `base`.
public enum ClassHalf: String, Sendable, Codable, CaseIterable {
  case base, new

  /// Its classes among those of the whole.
  public func classes<Class>(of whole: [Class]) -> [Class] {
    let middle = (whole.count + 1) / 2
    return Array(self == .base ? whole[..<middle] : whole[middle...])
  }
}

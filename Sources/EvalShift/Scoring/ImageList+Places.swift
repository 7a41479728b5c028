import Datasets

extension ImageList {
  /// Of each image of `wanted` its place here: by path and content, or by content alone where the paths differ. Throws, saying how
  /// many differ, unless they are the same images.
  public func places(of wanted: ImageList) throws(EvaluationError) -> [Int] {
    guard wanted.entries != entries else { return Array(0..<count) }
    var byContent: [String: [Int]] = [:]
    for (place, entry) in entries.enumerated() { byContent[entry.sha256, default: []].append(place) }
    var places: [Int] = []
    var (missing, example): (Int, String?) = (0, nil)
    for entry in wanted.entries {
      guard var left = byContent[entry.sha256], !left.isEmpty else {
        missing += 1
        example = example ?? entry.path
        continue
      }
      // Of copies, the one of the same name.
      let choice = left.firstIndex { entries[$0].path == entry.path } ?? 0
      places.append(left.remove(at: choice))
      byContent[entry.sha256] = left
    }
    let extra = count - places.count
    guard missing == 0, extra == 0 else {
      throw .notPaired(
        "\(missing) of \(wanted.count) images of the first are not among the second's \(count)"
          + (example.map { ", such as \($0)" } ?? "") + ", and \(extra) of the second not among the first's")
    }
    return places
  }
}

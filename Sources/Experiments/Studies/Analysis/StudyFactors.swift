import Foundation

/// What the axes of a study stand for: what is compared, how many images there are, and what task it is.
struct StudyFactors {
  /// A combination of the axes but the seed, taken apart.
  struct Coordinates: Hashable {
    /// What is compared, by the labels of the axes that say something of the method; empty where none does.
    let method: String
    /// The labels of all other axes.
    let setting: String
    let shots: Shots?
  }

  /// How many images of each class are trained on.
  struct Shots: Hashable, Comparable {
    /// Nil is all.
    let count: Int?

    static func < (one: Shots, other: Shots) -> Bool {
      (one.count ?? .max) < (other.count ?? .max)
    }

    var words: String { count.map { "\($0) image\($0 == 1 ? "" : "s") a class" } ?? "all images" }
  }

  private let plan: StudyPlan
  private let kinds: [Kind]

  private enum Kind: Equatable {
    case method, shots, setting
  }

  init(_ plan: StudyPlan) {
    self.plan = plan
    kinds = plan.study.axes.filter { $0.name != Study.Axis.seed }.map { axis in
      let keys = axis.values.map { Self.keys($0.part.tree) }
      func isOfMethod(_ key: String) -> Bool { key == "method" || key.hasPrefix("method.") }
      if keys.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isOfMethod) }) { return .method }
      // Few images may be looked at for more epochs than many.
      let counts = axis.values.map { Self.shots($0.part) }
      let isShots =
        keys.allSatisfy { $0.contains(Self.shotsKey) && !$0.contains(where: isOfMethod) }
        && Set(counts).count == counts.count
      return isShots ? .shots : .setting
    }
  }

  private static func shots(_ part: SpecFile) -> Shots {
    if case .integer(let count)? = part.tree[shotsKey] { Shots(count: Int(count)) } else { Shots(count: nil) }
  }

  private static let shotsKey = "data.shots"

  /// Paths of the leaves of a tree.
  private static func keys(_ tree: SpecValue) -> [String] {
    guard let map = tree.map else { return [] }
    return map.flatMap { name, value in
      let inner = keys(value)
      return inner.isEmpty ? [name] : inner.map { "\(name).\($0)" }
    }
  }

  var hasShots: Bool { kinds.contains(.shots) }

  /// How many images a class all runs have; nil where runs differ in that, or have all images there are.
  var commonShots: Shots? {
    guard plan.study.varies(Self.shotsKey) == nil, plan.study.final?.tree[Self.shotsKey] == nil,
      case .integer(let count)? = plan.study.common.tree[Self.shotsKey]
    else { return nil }
    return Shots(count: Int(count))
  }

  func coordinates(of unit: StudyPlan.Unit) -> Coordinates {
    func labels(_ kind: Kind) -> String {
      zip(kinds, unit.labels).filter { $0.0 == kind }.map(\.1).joined(separator: ", ")
    }
    let shots = zip(kinds, unit.parts).first { $0.0 == .shots }.map { Self.shots($0.1) }
    return Coordinates(method: labels(.method), setting: labels(.setting), shots: shots)
  }
}

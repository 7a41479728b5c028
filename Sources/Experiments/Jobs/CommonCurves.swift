import Foundation
import Training
import WiSE

/// Chooses among the curves that runs keep those that may stand in one report.
public enum CommonCurves {
  /// What curves of one report have in common.
  private struct Key: Hashable {
    let alphas: [Double]
    let part: AlphaShape.Part
    let depth: String?
    let sets: [WiseCurve.SetKey]

    init(_ curve: WiseCurve) {
      alphas = curve.points.map(\.alpha)
      sets = curve.scored
      (part, depth) = (curve.shape.part, curve.depth?.description)
    }
  }

  /// Of each run the place of one curve in `kept`, its curves with the latest first: all at the same alphas, on the same
  /// images, with the same precision, and as late as can be. Where there are none, the latest of each run.
  public static func choose(_ kept: [[WiseCurve]]) -> [Int] {
    let places = kept.map { curves in
      Dictionary(curves.enumerated().map { (Key($1), $0) }, uniquingKeysWith: { first, _ in first })
    }
    guard let first = kept.first else { return [] }
    let common = first.map(Key.init).compactMap { key -> [Int]? in
      let found = places.compactMap { $0[key] }
      return found.count == kept.count ? found : nil
    }
    return common.min { $0.reduce(0, +) < $1.reduce(0, +) } ?? kept.map { _ in 0 }
  }
}

extension WiseCurve {
  /// Its alphas as `--alphas` takes them.
  public var alphasText: String { points.map { String($0.alpha) }.joined(separator: ",") }

  /// The command that traces a run at the alphas of this curve, on the images that it was traced on.
  func command(for run: String) -> String {
    let alphas =
      shape.extrapolates ? ["--alphas=\(alphasText)", "--extrapolate"] : ["--alphas", alphasText]
    let words =
      ["clipft wise", ShellWord.quoted(run)] + alphas
      + (shape.part == .all ? [] : ["--part", shape.part.rawValue])
      + (depth.map { ["--depth", $0.description] } ?? [])
    return (words + (arguments.isEmpty ? [] : ["--datasets"] + arguments.map(ShellWord.quoted))).joined(
      separator: " ")
  }
}

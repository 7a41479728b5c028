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
    let rule: AlphaSelection.Rule?

    init(_ curve: WiseCurve) {
      alphas = curve.points.map(\.alpha)
      sets = curve.scored
      (part, depth) = (curve.shape.part, curve.depth?.description)
      rule = curve.selected?.rule
    }
  }

  /// What two selected alphas have in common that may stand side by side.
  private struct Selection: Hashable {
    let alphas: [Double]
    let rule: AlphaSelection.Rule
  }

  /// Of each run the place of one curve in `kept`, its curves with the latest first: all at the same alphas, on the same
  /// images, with the same precision and rule, and as late as can be. Where there are none, the latest of each run.
  public static func choose(_ kept: [[WiseCurve]]) -> [Int] {
    common(kept.map { $0.map(Key.init) }) ?? kept.map { _ in 0 }
  }

  /// Of each run the place of the curve whose selected alpha is its own: of those that lead from pre-trained to fine-tuned, all at
  /// the same alphas and by the same rule, and as late as can be. Throws where there are none.
  public static func chooseSelecting(_ kept: [[WiseCurve]], of runs: [RunFolder]) throws(TrainingError)
    -> [Int]
  {
    let keys = kept.map { curves in
      curves.map { curve in
        curve.isPlain
          ? curve.selected.map { Selection(alphas: curve.points.map(\.alpha), rule: $0.rule) } : nil
      }
    }
    var latest: [Int] = []
    for (run, keys) in zip(runs, keys) {
      guard let place = keys.firstIndex(where: { $0 != nil }) else {
        throw .missingRun(
          path: run.url.path, what: "selected alpha",
          hint: "trace it first with `clipft wise --run`, or name an alpha with --alpha")
      }
      latest.append(place)
    }
    if let common = common(keys) { return common }
    let other = keys.indices.first { keys[$0][latest[$0]] != keys[0][latest[0]] } ?? 0
    let paths = [runs[0], runs[other]].map(\.url.relativePath)
    throw .notComparable(
      "The alphas that \(paths[0]) and \(paths[1]) select cannot be compared: they were selected among different alphas, or by "
        + "different rules; trace one again as the other, `\(kept[other][latest[other]].command(for: paths[0]))`."
    )
  }

  /// Of each list the place of one key that all have, as early as can be; nil where there is none.
  private static func common<Key: Hashable>(_ lists: [[Key?]]) -> [Int]? {
    let places = lists.map { keys in
      Dictionary(
        keys.enumerated().compactMap { place, key in key.map { ($0, place) } },
        uniquingKeysWith: { first, _ in first })
    }
    let common = (lists.first ?? []).compactMap { $0 }.compactMap { key -> [Int]? in
      let found = places.compactMap { $0[key] }
      return found.count == lists.count ? found : nil
    }
    return common.min { $0.reduce(0, +) < $1.reduce(0, +) }
  }

  /// That a curve is taken which is not the one traced last.
  public static func note(_ curve: WiseCurve, of run: RunFolder) -> String {
    "\(run.url.relativePath): the curve at alphas \(curve.alphasText) is taken, as of the other runs, not the one that was "
      + "traced last"
  }
}

extension WiseCurve {
  /// Its alphas as `--alphas` takes them.
  public var alphasText: String { points.map { String($0.alpha) }.joined(separator: ",") }

  /// Its alphas and the shifts that it was traced on: what tells it from other curves of a run.
  var words: String {
    let shifts = (points.first?.shifts ?? []).map(\.dataset)
    return points.map { String($0.alpha) }.joined(separator: " ")
      + (shifts.isEmpty ? "" : " on " + shifts.joined(separator: " "))
  }

  /// The command that traces a run at the alphas of this curve, on the images that it was traced on.
  func command(for run: String) -> String {
    let alphas =
      shape.extrapolates ? ["--alphas=\(alphasText)", "--extrapolate"] : ["--alphas", alphasText]
    let words =
      ["clipft wise", ShellWord.quoted(run)] + alphas
      + (shape.part == .all ? [] : ["--part", shape.part.rawValue])
      + (depth.map { ["--depth", $0.description] } ?? [])
      + (selected.map { $0.rule == .oneStandardError ? [] : ["--rule", $0.rule.rawValue] } ?? [])
    return (words + (arguments.isEmpty ? [] : ["--datasets"] + arguments.map(ShellWord.quoted))).joined(
      separator: " ")
  }
}

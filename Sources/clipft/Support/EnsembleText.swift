import EvalShift
import Experiments
import Foundation
import Report

/// Ensembles as tables for people.
enum EnsembleText {
  /// `shown` are the metrics that were asked for; without any, those that say most.
  static func text(_ report: EnsembleReport, shown: [any Metric]) -> String {
    // What gains are in stands first, whatever else was asked for.
    let metrics =
      shown.isEmpty
      ? MetricRegistry.all.filter(\.isHeadline)
      : [MetricRegistry.standard] + shown.filter { $0.key != MetricRegistry.standard.key }
    return
      (report.datasets.map { dataset($0, metrics) } + [
        ([selection(report.selection)].compactMap { $0 } + [cost(report.cost, of: "all")]
          + report.notes.map { "note: \($0)" }).joined(separator: "\n")
      ]).joined(separator: "\n\n")
  }

  private static func dataset(_ set: EnsembleReport.Dataset, _ metrics: [any Metric]) -> String {
    var members = TextTable(columns: [
      .init("member"), .init("method"), .init("alpha", .right), .init("top-1 %", .right),
      .init("95% interval", .right),
    ])
    for member in set.members {
      members.append([
        member.name, member.method, String(member.alpha), Figures.percent(member.top1),
        Figures.interval(member.top1Interval, MetricRegistry.standard),
      ])
    }
    let known = metrics.filter { metric in set.ensembles.contains { $0.values[metric.key] != nil } }
    var ensembles = TextTable(
      columns: [.init("ensemble"), .init("of")] + known.map { .init(Figures.heading($0), .right) } + [
        .init("gain", .right), .init("95% interval", .right), .init("over"),
      ])
    for one in set.ensembles {
      ensembles.append(
        [one.kind.rawValue, counted(one.members)] + known.map { Figures.text(one.values[$0.key], $0) } + [
          Figures.percent(one.gain), Figures.interval(one.gainInterval, MetricRegistry.standard), one.best,
        ])
    }
    return
      ([
        "\(set.dataset), \(Figures.count(set.n)) images", members.text(), ensembles.text(),
        "gain: points of accuracy over the best of its members alone, on the same images",
      ] + set.marks.map { "* \(set.dataset): \($0)" }).joined(separator: "\n")
  }

  /// Names, those that are there several times once with their number.
  private static func counted(_ names: [String]) -> String {
    var different: [String] = []
    for name in names where !different.contains(name) { different.append(name) }
    return different.map { name in
      let times = names.count { $0 == name }
      return times == 1 ? name : "\(times) × \(name)"
    }.joined(separator: " + ")
  }

  private static func selection(_ selection: EnsembleReport.Selection?) -> String? {
    guard let selection, let best = selection.steps.map(\.top1).max() else { return nil }
    return "selected on \(Figures.count(selection.n)) validation images, by greedy forward selection: "
      + "\(counted(selection.members)), \(Figures.percent(best))% of them right\n"
      + cost(selection.cost, of: "selected")
  }

  private static func cost(_ cost: EnsembleCost, of what: String) -> String {
    let time =
      cost.relativeTime.map { time in
        let times = String(format: "%.0f", time)
        return times == "1" ? ", the time of one model" : ", \(times) times the time of one model"
      } ?? ", of models of different sizes"
    let passes = cost.forwardPasses == 1 ? "1 forward pass" : "\(cost.forwardPasses) forward passes"
    return "cost of \(what): \(passes) an image\(time); \(Figures.count(cost.parameters)) parameters stored, "
      + "\(Figures.count(cost.largestMemberParameters)) of the largest member alone"
  }
}

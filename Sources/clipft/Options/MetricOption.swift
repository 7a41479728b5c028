import ArgumentParser
import EvalShift

/// Which metrics a table shows; JSON has all.
struct MetricOption: ParsableArguments {
  @Option(
    name: .customLong("metric"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Metrics to show, with their intervals; JSON has all (default: those that say most). One or more of "
        + "\(MetricRegistry.all.map(\.key).joined(separator: ", ")), or 'all'.", valueName: "key"))
  var keys: [String] = []

  /// Those that were asked for, in the registry's order; none, where none was.
  var metrics: [any Metric] { MetricRegistry.all.filter { keys.contains($0.key) || keys.contains(Self.all) } }

  /// Those that were asked for by name, of which none may be left out without a word.
  var named: [any Metric] { MetricRegistry.all.filter { keys.contains($0.key) } }

  /// Throws if one was asked for by name that needs a temperature, where none is fitted; `remedy` says what to do.
  func refuseTemperature(_ remedy: String) throws {
    guard let metric = named.first(where: { $0.needs.contains(.temperature) }) else { return }
    throw ValidationError(
      "--metric \(metric.key) needs a temperature that is fitted on validation images; \(remedy).")
  }

  private static let all = "all"

  func validate() throws {
    if let unknown = keys.first(where: { MetricRegistry.named($0) == nil && $0 != Self.all }) {
      throw ValidationError(
        "--metric \(unknown): there is no such metric; there are "
          + "\(MetricRegistry.all.map(\.key).joined(separator: ", ")), and 'all'.")
    }
  }
}

import Datasets
import EvalShift

extension DatasetCatalog {
  /// The key of the metric that the field reports for data, which their manifest names; top-1 accuracy where none does.
  /// Throws if there is no such metric, or it is no share of images of which more is better.
  func reportedMetric(of specifier: DatasetSpecifier) throws(DatasetError) -> String {
    guard case .manifest(let name, _) = specifier, let key = try manifest(named: name).metric else {
      return MetricRegistry.standard.key
    }
    let shares = MetricRegistry.all.filter { $0.unit == .fraction && $0.direction == .higher }.map(\.key)
    guard shares.contains(key) else {
      throw .badManifest(
        file: name + ".yaml", problem: "key 'metric': '\(key)' is none of \(shares.joined(separator: ", "))")
    }
    return key
  }
}

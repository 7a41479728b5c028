import NN

/// Houlsby adapters: h + s · Up · ReLU(Down · h) after attention and after the MLP, before the residual sum.
public struct Houlsby: BottleneckMethod {
  public var rank = 8
  public var scale: Float = 1
  public var dropout: Float = 0.1
  public var start = AdapterStart.kaiming

  public static let name = "houlsby"
  public static let summary = "Trains bottleneck adapters after attention and MLP."
  public static let citation =
    "Houlsby et al., Parameter-Efficient Transfer Learning for NLP, ICML 2019"

  public init() {}

  public func adapt(_ adaptation: Adaptation) {
    adaptation.insert { site, scope in
      guard site.point.isBranch else { return nil }
      return SequentialAdapter(unit(scope, at: site))
    }
  }
}

import NN

/// Pfeiffer adapters: h + s · Up · ReLU(Down · h) after the MLP, before the residual sum.
public struct Pfeiffer: BottleneckMethod {
  public var rank = 8
  public var scale: Float = 1
  public var dropout: Float = 0.1
  public var start = AdapterStart.xavier

  public static let name = "pfeiffer"
  public static let summary = "Trains a bottleneck adapter after each MLP."
  public static let citation =
    "Pfeiffer et al., AdapterFusion: Non-Destructive Task Composition for Transfer Learning, EACL 2021"

  public init() {}

  public func adapt(_ adaptation: Adaptation) {
    adaptation.insert { site, scope in
      guard site.point == .mlpBranch else { return nil }
      return SequentialAdapter(unit(scope, at: site))
    }
  }
}

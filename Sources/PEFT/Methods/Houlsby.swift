import NN

/// Houlsby adapters: h + s · Up · ReLU(Down · h) after attention and after the MLP, before the residual sum.
public struct Houlsby: FineTuningMethod {
  public var rank = 8
  public var scale: Float = 1
  public var dropout: Float = 0.1
  public var start = AdapterStart.kaiming

  public static let name = "houlsby"
  public static let summary = "Trains bottleneck adapters after attention and MLP."
  public static let citation =
    "Houlsby et al., Parameter-Efficient Transfer Learning for NLP, ICML 2019"
  public static let options: [MethodOption<Houlsby>] = [
    MethodOption("rank", \.rank, 1...4096, "width of the bottleneck"),
    MethodOption("scale", \.scale, -100...100, "factor on the adapter's output"),
    MethodOption("dropout", \.dropout, 0...0.9, "dropout in the bottleneck while training"),
    MethodOption("start", \.start, "how the matrices start"),
  ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) {
    adaptation.insert { site, scope in
      guard site.point.isBranch else { return nil }
      return SequentialAdapter(
        Bottleneck(scope, width: site.width, rank: rank, scale: scale, dropout: dropout, start: start))
    }
  }
}

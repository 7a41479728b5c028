import NN
import TensorCore

/// SCT: a linear map of the salient channels of every block, added to them: those of the largest L2 norm over the patch
/// tokens of a class's training images, in the mean over classes.
///
/// The channels are found once, before training, and saved with what trains. On q and v or on the MLP's output the map
/// folds into the layer before it; on the stream after attention, the paper's choice, no layer can take it up.
public struct SCT: FineTuningMethod {
  /// Whose channels change.
  public enum Site: String, OptionChoice {
    /// The residual stream after attention.
    case attention
    /// The MLP's output, by the salience of the stream after it.
    case mlp
    /// Queries and values.
    case qv
  }

  public var channels = 0
  public var site = Site.attention
  public var scale: Float = 1
  public var deviation: Float = 0.02
  public var blocks = BlockList.all

  public static let name = "sct"
  public static let summary = "Trains a linear map of the channels that respond most to the training images."
  public static let citation =
    "Zhao et al., SCT: A Simple Baseline for Parameter-Efficient Fine-Tuning via Salient Channels, IJCV 2023"
  public static let options: [MethodOption<SCT>] = [
    MethodOption("channels", \.channels, 0...4096, "how many of a block; 0 for an eighth: 96 of ViT-B's 768"),
    MethodOption("site", \.site, "whose channels: the stream after attention, the MLP's output, or q and v"),
    MethodOption("scale", \.scale, -100...100, "factor on the map's output"),
    MethodOption("deviation", \.deviation, 0...1, "standard deviation of the initial values"),
    MethodOption("blocks", \.blocks, "blocks that are changed"),
  ]

  public init() {}

  public func adapt(_ adaptation: Adaptation) throws(MethodError) {
    guard adaptation.towers.allSatisfy({ $0.kind == .vision }) else {
      throw .unfit("sct finds channels by training images; it has no form for the text tower.")
    }
    guard let examples = adaptation.examples else {
      throw .unfit("sct finds channels by training images; it has none here.")
    }
    let chosen = try ChosenBlocks(adaptation, blocks)
    let width = adaptation.towers.first?.width ?? 0
    guard channels <= width else {
      throw .unfit("channels=\(channels) of the \(width) that a token has; give fewer.")
    }
    let count = channels == 0 ? max(1, width / 8) : channels
    var norms: [ChannelNorms] = []
    var maps: [[ChannelMap]] = []
    adaptation.insert { place, scope in
      guard place.point == site.point, chosen.contains(place) else { return nil }
      maps.append(
        site.parts.enumerated().map { index, name in
          let first = site == .qv ? index * 2 * width : 0
          return ChannelMap(
            scope, name: name, channels: count, of: first..<first + width, outputs: place.width, method: self)
        })
      norms.append(ChannelNorms(addsStream: site != .qv, width: place.width))
      return norms.last
    }
    for map in maps.joined() { map.keepChannels(adaptation) }
    if !adaptation.countsOnly {
      let context = ForwardContext(isTraining: false, seed: 0, computesEveryToken: true)
      try MethodError.reading {
        try examples.show(in: context) { _, labels in for norms in norms { norms.add(labels) } }
      }
      for (norms, maps) in zip(norms, maps) {
        guard let salience = norms.meanOverClasses else { continue }
        for map in maps { map.choose(by: salience) }
      }
    }
    var next = maps.makeIterator()
    adaptation.insert { place, _ in
      guard place.point == site.point, chosen.contains(place), let maps = next.next() else { return nil }
      return site == .attention ? StreamMaps(maps) : FoldableMaps(maps)
    }
  }
}

extension SCT.Site {
  fileprivate var point: SitePoint {
    switch self {
    case .attention: .attentionBranch
    case .mlp: .mlpBranch
    case .qv: .qkv
    }
  }

  /// Names of the maps at a site: queries are the first third of what stands there, values the last.
  fileprivate var parts: [String] { self == .qv ? ["sct_q", "sct_v"] : ["sct"] }
}

/// c ↦ s · (W · c + b) for some channels c, as a linear map of all that stand at a site.
private final class ChannelMap {
  private let weight, bias, channels: Parameter
  /// Among which the channels are chosen.
  private let range: Range<Int>
  private let outputs: Int
  private let scale: Float
  /// [channels, outputs] with a 1 in each row, made when it is needed first: what the channels are is settled then.
  private lazy var picking = picked()

  init(
    _ scope: ParameterScope, name: String, channels count: Int, of range: Range<Int>, outputs: Int,
    method: SCT
  ) {
    weight = scope.parameter(
      "\(name)_weight", [count, count], .normal(deviation: method.deviation), trainable: true)
    bias = scope.parameter("\(name)_bias", [count], .zeros, trainable: true)
    channels = scope.parameter("\(name)_channels", [count], .zeros)
    channels.assign(Tensor(range.prefix(count).map(Float.init), shape: [count]))
    self.range = range
    self.outputs = outputs
    scale = method.scale
  }

  func keepChannels(_ adaptation: Adaptation) {
    adaptation.keep(channels) { [range] value in
      let chosen = value.array.compactMap(Int.init(exactly:)).filter(range.contains)
      return Set(chosen).count == value.count ? nil : "is no list of different channels"
    }
  }

  /// Those of the largest salience, by number; salience: of every column of the site.
  func choose(by salience: [Double]) {
    let ranked = range.sorted { (salience[$0], $1) > (salience[$1], $0) }
    channels.assign(Tensor(ranked.prefix(channels.count).sorted().map(Float.init), shape: channels.shape))
  }

  /// [outputs, channels]: the map's own rows at those of the channels.
  private func spread(_ weight: Variable) -> Variable { picking.multiplied(by: weight, transposed: true) }

  /// x: [..., outputs] → the same, 0 but for the channels.
  func change(of x: Variable) -> Variable {
    let shift = bias.variable.reshaped([1, channels.count]).multiplied(by: picking).reshaped([outputs])
    return scale * x.linear(weight: picking).linear(weight: spread(weight.variable), bias: shift)
  }

  /// What the map without its bias makes of each column: layer [outputs, in] → the same.
  func change(ofLayer layer: Variable) -> Variable {
    scale * spread(weight.variable.detached).multiplied(by: picking.multiplied(by: layer))
  }

  private func picked() -> Variable {
    let result = Tensor(zeros: [channels.count, outputs])
    for (row, channel) in channels.value.floats.enumerated() {
      result.mutableFloats[row * outputs + Int(channel)] = 1
    }
    return Variable(result)
  }
}

/// On the residual stream after a branch: what the maps make of the sum goes into the branch.
private final class StreamMaps: Insertion {
  private let maps: [ChannelMap]

  init(_ maps: [ChannelMap]) { self.maps = maps }

  func apply(to h: Variable, branch: BranchInputs?, context: ForwardContext) -> Variable {
    let stream = branch.map { $0.stream + h } ?? h
    return maps.reduce(h) { $0 + $1.change(of: stream) }
  }
}

/// On what a layer makes, so that the layer can take them up.
private final class FoldableMaps: FoldableInsertion {
  let direction = FoldDirection.backward
  private let maps: [ChannelMap]

  init(_ maps: [ChannelMap]) { self.maps = maps }

  func apply(to h: Variable, branch: BranchInputs?, context: ForwardContext) -> Variable {
    maps.reduce(h) { $0 + $1.change(of: h) }
  }

  /// The maps act on the columns of the weight as on a token, and on the bias, to which alone they add theirs.
  func folded(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor?) {
    let layer = Variable(weight)
    let shift = Variable((bias ?? Tensor(zeros: [weight.shape[0]])).reshaped([1, weight.shape[0]]))
    return (
      maps.reduce(layer) { $0 + $1.change(ofLayer: layer) }.value,
      maps.reduce(shift) { $0 + $1.change(of: shift) }.value.reshaped([weight.shape[0]])
    )
  }
}

/// Sees what stands at a site and changes nothing: per class, the L2 norm of every channel over images and patch tokens.
private final class ChannelNorms: Insertion {
  /// Whether the residual stream after the branch counts, not the branch.
  private let addsStream: Bool
  private let width: Int
  /// Sums of squares of the part under way [images, width], and by class.
  private var part: [[Double]] = []
  private var sums: [Int32: [Double]] = [:]

  init(addsStream: Bool, width: Int) {
    self.addsStream = addsStream
    self.width = width
  }

  func apply(to h: Variable, branch: BranchInputs?, context: ForwardContext) -> Variable {
    let seen = addsStream ? branch.map { $0.stream + h } ?? h : h
    part = (0..<seen.shape[0]).map { image in
      var squares = [Double](repeating: 0, count: width)
      let tokens = seen.value.rows(image..<image + 1).converted(to: .f32).floats
      // The first token is the class token.
      for start in stride(from: width, to: tokens.count, by: width) {
        for channel in 0..<width {
          let value = Double(tokens[start + channel])
          squares[channel] += value * value
        }
      }
      return squares
    }
    return h
  }

  /// The classes of the images seen last.
  func add(_ labels: [Int32]) {
    for (squares, label) in zip(part, labels) {
      let sum = sums[label] ?? [Double](repeating: 0, count: width)
      sums[label] = zip(sum, squares).map(+)
    }
    part = []
  }

  /// Of every channel; nil where no image was seen.
  var meanOverClasses: [Double]? {
    guard !sums.isEmpty else { return nil }
    // In the order of classes: the same bits each time.
    let norms = sums.sorted { $0.key < $1.key }.map { $0.value.map { $0.squareRoot() } }
    return (0..<width).map { channel in norms.reduce(0) { $0 + $1[channel] } / Double(norms.count) }
  }
}

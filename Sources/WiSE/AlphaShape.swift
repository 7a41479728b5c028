/// What of a model moves with alpha, and how far: all of it by alpha itself, unless a part is named or depth counts.
public struct AlphaShape: Sendable, Equatable {
  /// What moves with alpha while everything else stays fine-tuned.
  public enum Part: String, Sendable, Codable, CaseIterable {
    case all
    /// Class weights, their biases, and the image tower's projection.
    case head
    /// The image tower.
    case vision
    /// The text tower.
    case text

    /// In a sentence.
    public var words: String {
      switch self {
      case .all: "all weights"
      case .head: "the head"
      case .vision: "the image tower"
      case .text: "the text tower"
      }
    }
  }

  public var part: Part
  /// By what alpha is multiplied in each block, and outside; nil multiplies by nothing.
  public var depth: DepthFactors?
  /// Whether what results may lie beyond 0…1.
  public var extrapolates: Bool

  public init(part: Part = .all, depth: DepthFactors? = nil, extrapolates: Bool = false) {
    (self.part, self.depth, self.extrapolates) = (part, depth, extrapolates)
  }

  /// Everything by alpha itself, in 0…1.
  public static let plain = AlphaShape()

  /// Whether every weight moves by alpha itself.
  public var isWhole: Bool { part == .all && depth == nil }

  /// What moves, in a sentence.
  public var words: String {
    part.words + (depth.map { " by \($0) of alpha from the first block to the last" } ?? "")
      + (extrapolates ? ", beyond 0…1" : "")
  }

  /// By what alpha is multiplied at a place of the part that moves.
  public func factor(at place: BlockPlace?) -> Double { depth?.factor(at: place) ?? 1 }

  /// Throws unless alpha, and what becomes of it in every block, is allowed.
  public func check(_ alpha: Double) throws(WiSEError) {
    for value in [alpha] + [depth?.first, depth?.last].compactMap({ $0.map { alpha * $0 } }) {
      guard value.isFinite, extrapolates || (0...1).contains(value) else { throw .alphaOutOfRange(value) }
    }
  }
}

/// How a model did on the target's images of a shift's classes, those classes alone competing: what it would score on the shift if
/// only the classes made the difference.
public struct TwinScore: Sendable, Equatable {
  /// The target's name.
  public let dataset: String
  public let n: Int
  public let correct: Int

  /// Of the target's images; nil where none are of the shift's classes.
  public init?(dataset: String, predictions: Predictions) {
    guard predictions.count > 0 else { return nil }
    self.dataset = dataset
    n = predictions.count
    correct = predictions.correct
  }

  /// Predictions for a target's images, of which `logits` are [N, `width`] and `targets` [N], that are of a shift's `classes`, with
  /// the groups that compete there; nil where none are.
  public static func predictions(
    logits: [Float], width: Int, targets: [Int32], classes: Set<Int32>, groups: [[Int]]?
  ) throws(EvaluationError) -> Predictions? {
    let images = targets.indices.filter { classes.contains(targets[$0]) }
    guard !images.isEmpty else { return nil }
    return try Predictions(
      logits: images.count == targets.count
        ? logits : images.flatMap { logits[$0 * width..<($0 + 1) * width] },
      targets: images.map { targets[$0] }, groups: groups)
  }

  public var top1: Double { Double(correct) / Double(n) }
  public var interval: ConfidenceBounds { .clopperPearson(successes: correct, trials: n) }

  /// What is lost under a shift of accuracy `top1` with its interval: the images of the two are drawn apart, so that distances to
  /// the limits add in squares (Newcombe 1998, method 10, on exact limits).
  public func drop(to top1: Double, _ interval: ConfidenceBounds) -> (
    value: Double, interval: ConfidenceBounds
  ) {
    let (value, own) = (self.top1 - top1, self.interval)
    func apart(_ one: Double, _ other: Double) -> Double { (one * one + other * other).squareRoot() }
    return (
      value,
      ConfidenceBounds(
        lower: value - apart(self.top1 - own.lower, interval.upper - top1),
        upper: value + apart(own.upper - self.top1, top1 - interval.lower))
    )
  }
}

extension TwinScore: Codable {
  private enum CodingKeys: String, CodingKey {
    case dataset, n, correct, top1
    case interval = "top1_ci95"
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    dataset = try values.decode(String.self, forKey: .dataset)
    n = try values.decode(Int.self, forKey: .n)
    correct = try values.decode(Int.self, forKey: .correct)
    guard n > 0, (0...n).contains(correct) else {
      throw DecodingError.dataCorruptedError(
        forKey: .n, in: values, debugDescription: "\(correct) right of \(n) images")
    }
  }

  /// What follows from the numbers is written for those who read it, and not read back.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(dataset, forKey: .dataset)
    try values.encode(n, forKey: .n)
    try values.encode(correct, forKey: .correct)
    try values.encode(top1, forKey: .top1)
    try values.encode(interval, forKey: .interval)
  }
}

/// What two models said of the same images, image by image.
public struct PairedPredictions: Sendable {
  public let first: Predictions
  /// In the order of the first.
  public let second: Predictions
  /// Of each image how far the first model's probabilities are from the second's, KL(first‖second) in nats; nil where not all logits
  /// were at hand.
  public let divergences: [Double]?
  /// Linear CKA of the models' features; nil where there were none.
  public let featureSimilarity: Double?

  /// A model's predictions with what else is known of it.
  public struct Outputs: Sendable {
    public let predictions: Predictions
    /// [N, classes that compete], row-major.
    public let logits: [Float]?
    /// [N, `featureWidth`], row-major.
    public let features: [Float]?
    public let featureWidth: Int

    public init(
      _ predictions: Predictions, logits: [Float]? = nil, features: [Float]? = nil, featureWidth: Int = 0
    ) {
      (self.predictions, self.logits) = (predictions, logits)
      (self.features, self.featureWidth) = (features, featureWidth)
    }
  }

  /// Throws unless both are of the same images, which are known by path and content.
  public init(_ first: Outputs, _ second: Outputs) throws(EvaluationError) {
    self.first = first.predictions
    let places = try second.predictions.places(of: first.predictions)
    self.second = second.predictions.taking(places)
    func rows(_ values: [Float], _ width: Int) -> [Float] {
      places == Array(0..<places.count)
        ? values : places.flatMap { values[$0 * width..<($0 + 1) * width] }
    }
    let classes = first.predictions.classCount
    if let own = first.logits, let other = second.logits {
      divergences = try SoftmaxDivergence.kullbackLeiblers(
        from: own, to: rows(other, classes), classCount: classes)
    } else {
      divergences = nil
    }
    if let own = first.features, let other = second.features {
      var alignment = try LinearCKA(firstWidth: first.featureWidth, secondWidth: second.featureWidth)
      try alignment.add(first: own, second: rows(other, second.featureWidth))
      featureSimilarity = alignment.value
    } else {
      featureSimilarity = nil
    }
  }

  public var count: Int { first.count }
  /// Whether each model gets each image right.
  var correct: (first: [Bool], second: [Bool]) {
    (first.rows.map(\.isCorrect), second.rows.map(\.isCorrect))
  }
}

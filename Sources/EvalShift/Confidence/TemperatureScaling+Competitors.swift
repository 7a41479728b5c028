extension TemperatureScaling {
  /// Fits the temperature to the logits [N, C] and targets [N], indices of the head, of validation images; several classes may
  /// count as one: each of `groups` competes with its highest logit.
  public init(logits: [Float], targets: [Int32], groups: [[Int]]?) throws(EvaluationError) {
    guard !targets.isEmpty else { throw .noPredictions }
    let width = logits.count / targets.count
    let competitors = try Competitors(groups: groups, width: width)
    var places: [Int32] = []
    for (image, target) in targets.enumerated() {
      guard let place = competitors.position(of: target) else {
        throw .targetOutOfRange(image: image, target: Int(target), classes: competitors.count)
      }
      places.append(Int32(place))
    }
    try self.init(
      logits: competitors.gathered(logits, width: width), targets: places, classCount: competitors.count)
  }
}

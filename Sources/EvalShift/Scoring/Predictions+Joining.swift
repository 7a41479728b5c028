extension Predictions {
  /// The predictions of several runs of images, one after the other; each must be of the same head.
  public init(joining parts: [Predictions]) {
    rows = parts.flatMap(\.rows)
    classCount = parts.first?.classCount ?? 0
  }
}

/// Images that a set holds under several classes, of which all but one must be wrong.
public struct ContradictingLabels: Sendable, Equatable, Codable {
  /// How many different images.
  public let count: Int
  /// Two paths of one of them, of different classes.
  public let example: [String]

  /// The same in a clause.
  public var words: String {
    let images = count == 1 ? "1 image is" : "\(count) images are"
    return
      "\(images) there under several classes, such as \(example.joined(separator: " and ")): their labels contradict "
      + "each other; keep each under one class"
  }
}

/// Groups that images belong to beside their classes, such as where a photograph was taken: accuracy is looked at within each.
public struct ImageGroups: Sendable, Equatable {
  /// Sorted.
  public let names: [String]
  /// Of each image, its group.
  public let ofImage: [Int32]

  /// The group of each image, by name.
  public init(_ groups: [String]) {
    names = Set(groups).sorted(by: String.bytewise)
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
    ofImage = groups.map { places[$0] ?? 0 }
  }

  private init(names: [String], ofImage: [Int32]) { (self.names, self.ofImage) = (names, ofImage) }

  /// Those of some of the images, in their order.
  package func of(_ images: [Int]) -> ImageGroups {
    ImageGroups(names: names, ofImage: images.map { ofImage[$0] })
  }
}

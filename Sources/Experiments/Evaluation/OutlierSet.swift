import Datasets

/// Images that are to be told from those a model knows: their labels are not looked at, and need be none of its head's classes.
public struct OutlierSet: Sendable {
  public let dataset: any ImageDataset
  public let name: String
  public let images: ImageList

  public init(_ dataset: any ImageDataset, name: String, images: ImageList) {
    (self.dataset, self.name, self.images) = (dataset, name, images)
  }

  /// Throws if an image is one of those that it is told from.
  func requireApart(from set: EvaluationSet) throws(DatasetError) {
    let shared = images.images(in: set.images.hashes)
    guard let first = shared.first else { return }
    throw .overlap(
      "\(shared.count) of the \(images.count) images of \(name) are images of \(set.name) as well, the first being \(first.path): "
        + "what is in both is no outlier of either; name other images with --outliers")
  }
}

import Datasets
import Training

/// Reads the files of images to know them by their content, and tells how far it is.
public struct ImageReader: Sendable {
  /// Called before a set is read, with its name and the number of its images.
  public var onStart: @Sendable (_ name: String, _ images: Int) -> Void
  public var observer: WorkObserver

  public init(
    onStart: @escaping @Sendable (_ name: String, _ images: Int) -> Void = { _, _ in },
    observer: WorkObserver = WorkObserver()
  ) {
    self.onStart = onStart
    self.observer = observer
  }

  /// The images of a dataset with their hashes. Throws `WorkStopped` if asked to stop.
  public func list(_ dataset: any ImageDataset) throws -> ImageList {
    onStart(dataset.name, dataset.count)
    var known: [String: ImageList.Entry] = [:]
    var fresh: [Int] = []
    // A list may name an image many times; it is read once.
    var paths: Set<String> = []
    for index in 0..<dataset.count where paths.insert(dataset.path(at: index)).inserted {
      fresh.append(index)
    }
    for start in stride(from: 0, to: fresh.count, by: 64) {
      if observer.shouldStop() { throw WorkStopped() }
      let part = try dataset.subset(Array(fresh[start..<min(start + 64, fresh.count)]))
      for entry in try ImageList.entries(of: part, in: 0..<part.count) { known[entry.path] = entry }
      observer.onProgress(part.count)
    }
    let entries = (0..<dataset.count).compactMap { known[dataset.path(at: $0)] }
    return ImageList(entries)
  }
}

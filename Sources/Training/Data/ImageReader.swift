import Datasets

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
    var entries: [ImageList.Entry] = []
    entries.reserveCapacity(dataset.count)
    for start in stride(from: 0, to: dataset.count, by: 64) {
      if observer.shouldStop() { throw WorkStopped() }
      let range = start..<min(start + 64, dataset.count)
      entries += try ImageList.entries(of: dataset, in: range)
      observer.onProgress(range.count)
    }
    return ImageList(entries)
  }
}

import Datasets
import Training

/// Reads the files of images to know them by their content, and tells how far it is.
public struct ImageReader: Sendable {
  /// Called before a set is read, with its name and the number of its images.
  public var onStart: @Sendable (_ name: String, _ images: Int) -> Void
  public var observer: WorkObserver
  /// What files were found to hold, so that none is read twice while it is the same; nil remembers nothing.
  package var memory: ContentMemory?

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
    let classes = dataset.classes
    var known: [String: ImageList.Entry] = [:]
    var fresh: [(index: Int, source: ContentMemory.Key?)] = []
    // A list may name an image many times; it is read once.
    var paths: Set<String> = []
    for index in 0..<dataset.count {
      let path = dataset.path(at: index)
      guard paths.insert(path).inserted else { continue }
      let source = memory.flatMap { _ in dataset.source(at: index).map(ContentMemory.Key.init) }
      if let source, let hash = memory?[source] {
        known[path] = .init(path: path, classID: classes[dataset.label(at: index)].id, sha256: hash)
        observer.onProgress(1)
      } else {
        fresh.append((index, source))
      }
    }
    for start in stride(from: 0, to: fresh.count, by: 64) {
      if observer.shouldStop() { throw WorkStopped() }
      let those = fresh[start..<min(start + 64, fresh.count)]
      let part = try dataset.subset(those.map(\.index))
      for (entry, (_, source)) in zip(try ImageList.entries(of: part, in: 0..<part.count), those) {
        known[entry.path] = entry
        if let source { memory?[source] = entry.sha256 }
      }
      observer.onProgress(part.count)
    }
    let entries = (0..<dataset.count).compactMap { known[dataset.path(at: $0)] }
    return ImageList(entries)
  }
}

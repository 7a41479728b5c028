import ArgumentParser
import Datasets
import Experiments
import Foundation

/// How much memory keeps decoded images.
struct ImageMemoryOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Memory for decoded images, those of all data together: 2GB, 512MB, or 0 for none (default: $CLIPFT_IMAGE_MEMORY, "
        + "clipft.yaml's, else a quarter of what this process may use).", valueName: "size"))
  var imageMemory: String?

  func validate() throws {
    guard let imageMemory, ByteSize(imageMemory) == nil else { return }
    throw ValidationError("--image-memory is \(imageMemory); \(ByteSize.advice).")
  }

  /// To be called before images are read.
  func apply(_ workspace: Workspace) {
    guard imageMemory != nil else { return }
    ImageCaches.setCurrent(ImageCaches(memory: ImageMemory(limit: workspace.imageMemory(imageMemory))))
  }
}

/// Where decoded images are kept on disk.
struct PixelCacheOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Folder that keeps what models see of images, for other commands, too, which may run at the same time: "
        + "150 kB an image of 224 × 224 pixels, as far as a tenth of the disk, or 50 GB, stays free "
        + "(default: $CLIPFT_PIXEL_CACHE, clipft.yaml's, else none).",
      valueName: "dir"))
  var pixelCache: String?

  /// To be called before images are read; throws where nothing can be kept there. `keepsWhole` images are kept, too,
  /// from which training cuts its views.
  func apply(_ workspace: Workspace, keepsWhole: Bool = false) throws {
    guard let folder = workspace.pixelCache(pixelCache) else { return }
    var caches = ImageCaches.current
    caches.disk = try PixelStore(folder: folder, onTrouble: { Terminal.warn($0) })
    caches.keepsWholeImagesOnDisk = keepsWhole
    ImageCaches.setCurrent(caches)
  }
}

/// Where decoded images are kept, in memory and on disk.
struct ImageCacheOptions: ParsableArguments {
  @OptionGroup var memory: ImageMemoryOption
  @OptionGroup var disk: PixelCacheOption

  func apply(_ workspace: Workspace, keepsWhole: Bool = false) throws {
    memory.apply(workspace)
    try disk.apply(workspace, keepsWhole: keepsWhole)
  }
}

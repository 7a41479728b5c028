import Checkpoint
import Foundation
import ImageCodec
import Synchronization

/// Decoded images in a folder on disk, for this process and others, now and later.
///
/// Pixels lie one after another in one file, and an index beside it, to which only is appended, says where and which.
/// Neither is trusted: what does not have its checksum is not there. Writers of all processes take turns.
/// A disk is never filled, and a store that cannot be written any more is still read.
public final class PixelStore: Sendable {
  public let folder: String
  /// Told, once, why no more images are taken.
  private let onTrouble: @Sendable (String) -> Void
  private let index: OpenFile
  private let pixels: OpenFile
  private let known = Mutex(Known())
  private let writer: Mutex<Writer>

  private struct Known {
    var entries: [PixelKey: PixelIndexEntry] = [:]
    /// How much of the index has been read.
    var bytes = 0
  }

  private struct Writer {
    var isStopped: Bool
    /// Bytes that may be written before the disk is looked at again.
    var allowance = 0
  }

  /// How the disk that a file lies on is filled: bytes in all, and those that are free.
  package typealias Disk = @Sendable (_ descriptor: Int32) -> (total: Int, free: Int)?

  private let disk: Disk
  /// Bytes that are written between two looks at the disk.
  private static let stride = 64 << 20
  /// What is left free: a tenth of the disk, or this many bytes where that is less.
  static let mostLeftFree = 50_000_000_000

  /// Opens the store in a folder, or makes it. A store that cannot be written to is only read, and `onTrouble` is told;
  /// throws where there is none and none can be made.
  public convenience init(
    folder: String, onTrouble: @escaping @Sendable (String) -> Void
  ) throws(DatasetError) {
    try self.init(folder: folder, disk: Self.systemDisk, onTrouble: onTrouble)
  }

  package init(
    folder: String, disk: @escaping Disk, onTrouble: @escaping @Sendable (String) -> Void
  ) throws(DatasetError) {
    let folder = folder.absolutePath
    let name = folder.appendingPath("pixels-\(try PixelArithmetic.fingerprint())")
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotWrite(
        path: folder,
        reason: "the folder of the pixel cache cannot be made; name one that can be, or one that is there")
    }
    index = try OpenFile(name + ".index")
    pixels = try OpenFile(name + ".bin")
    self.folder = folder
    self.disk = disk
    self.onTrouble = onTrouble
    let isWritable = index.isWritable && pixels.isWritable
    writer = Mutex(Writer(isStopped: !isWritable))
    if !isWritable {
      onTrouble(
        "the pixel cache \(folder) cannot be written to; images that are not in it are decoded each time")
    }
  }

  /// Number of images.
  package var count: Int {
    refresh()
    return known.withLock { $0.entries.count }
  }

  // MARK: Reading

  /// The image of a key; nil if it is not there, or is damaged.
  func image(_ key: PixelKey, _ form: PixelForm) -> PixelImage? {
    guard let entry = entry(key), form.fits(width: entry.width, height: entry.height),
      let end = pixels.size, entry.offset >= 0, entry.byteCount <= end, entry.offset <= end - entry.byteCount
    else { return nil }
    var isWhole = false
    let bytes = [UInt8](unsafeUninitializedCapacity: entry.byteCount) { buffer, count in
      isWhole = pixels.read(UnsafeMutableRawBufferPointer(buffer), at: entry.offset)
      count = isWhole ? entry.byteCount : 0
    }
    guard isWhole, bytes.withUnsafeBytes({ Checksum.crc32($0) }) == entry.checksum else { return nil }
    return PixelImage(width: entry.width, height: entry.height, pixels: bytes)
  }

  private func entry(_ key: PixelKey) -> PixelIndexEntry? {
    if let entry = known.withLock({ $0.entries[key] }) { return entry }
    refresh()
    return known.withLock { $0.entries[key] }
  }

  /// Reads what has been added to the index, by whatever process.
  private func refresh() {
    guard let end = index.size else { return }
    known.withLock { known in
      // The index of another store was put there, or this one's was cut off.
      if end < known.bytes { known = Known() }
      while known.bytes <= end - PixelIndexEntry.byteCount {
        let count = min(end - known.bytes, 1 << 20) / PixelIndexEntry.byteCount * PixelIndexEntry.byteCount
        var isWhole = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
          isWhole = index.read(UnsafeMutableRawBufferPointer(buffer), at: known.bytes)
          filled = isWhole ? count : 0
        }
        guard isWhole else { return }
        for start in Swift.stride(from: 0, to: count, by: PixelIndexEntry.byteCount) {
          // Of two of a key, the later was made because the earlier is damaged.
          if let (key, entry) = PixelIndexEntry.parse(bytes[start..<start + PixelIndexEntry.byteCount]) {
            known.entries[key] = entry
          }
        }
        known.bytes += count
      }
    }
  }

  /// Asks the system to forget the contents of the files, so that the next reader finds none in memory.
  public func leaveSystemCache() {
    for file in [index, pixels] { SystemCache.forget(file.descriptor) }
  }

  // MARK: Writing

  /// Keeps an image, unless there is no room, another process is writing for long, or it is there already.
  func store(_ image: PixelImage, _ key: PixelKey, _ form: PixelForm) {
    let trouble = writer.withLock { writer -> String? in
      guard !writer.isStopped else { return nil }
      let trouble = add(image, key, form, &writer)
      writer.isStopped = trouble != nil
      return trouble
    }
    guard let trouble else { return }
    onTrouble(
      "the pixel cache \(folder) takes no more images: \(trouble); those that it lacks are decoded each time")
  }

  /// What is in the way of adding images, if anything is.
  private func add(
    _ image: PixelImage, _ key: PixelKey, _ form: PixelForm, _ writer: inout Writer
  ) -> String? {
    switch index.lock() {
    case .locked: break
    case .busy: return nil
    case .failed(let reason): return "its index cannot be locked (\(reason))"
    }
    defer { index.unlock() }
    refresh()
    // Another process may have been faster.
    guard self.image(key, form) == nil else { return nil }
    guard let end = pixels.size, let indexEnd = index.size else { return "its files cannot be looked at" }
    let entry = PixelIndexEntry(
      offset: end, width: image.width, height: image.height,
      checksum: image.pixels.withUnsafeBytes { Checksum.crc32($0) })
    if writer.allowance < entry.byteCount {
      guard let (total, free) = disk(pixels.descriptor) else { return "its disk cannot be looked at" }
      guard free - Self.stride - entry.byteCount > min(total / 10, Self.mostLeftFree) else {
        return "less than a tenth of its disk, or 50 GB, would be left free"
      }
      writer.allowance = Self.stride + entry.byteCount
    }
    writer.allowance -= entry.byteCount
    if let reason = image.pixels.withUnsafeBytes({ pixels.write($0, at: end) }) {
      pixels.truncate(to: end)
      return reason
    }
    // What a process that was killed wrote of an entry is written over.
    let place = indexEnd / PixelIndexEntry.byteCount * PixelIndexEntry.byteCount
    if let reason = entry.encoded(key).withUnsafeBytes({ index.write($0, at: place) }) {
      index.truncate(to: place)
      pixels.truncate(to: end)
      return reason
    }
    refresh()
    return nil
  }

  private static let systemDisk: Disk = { descriptor in
    var status = statvfs()
    guard fstatvfs(descriptor, &status) == 0 else { return nil }
    let block = Int(clamping: status.f_frsize)
    return (Int(clamping: status.f_blocks) * block, Int(clamping: status.f_bavail) * block)
  }
}

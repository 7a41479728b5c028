import Foundation

/// Writes files so that a reader, or a crash, sees either the old contents or the new, never a part.
///
/// Contents go to a temporary name in the same folder, are synced, then renamed. What exists and is no
/// regular file (`/dev/null`, a pipe) is written to directly.
public enum AtomicFile {
  public static func write(_ bytes: some DataProtocol, to url: URL) throws(CheckpointError) {
    try write(to: url) { (output) throws(CheckpointError) in
      try output.append(bytes)
    }
  }

  /// Writes text as UTF-8.
  public static func write(_ text: String, to url: URL) throws(CheckpointError) {
    try write(Array(text.utf8), to: url)
  }

  /// Writes what `body` appends, piece by piece; if it throws, the old file stays as it was.
  public static func write(
    to url: URL, _ body: (AtomicFileOutput) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let path = url.resolvingSymlinksInPath().path
    var status = stat()
    let exists = stat(path, &status) == 0
    let type = status.st_mode & S_IFMT
    if exists && type == S_IFDIR {
      throw .cannotCreate(file: path, reason: "a folder of that name exists")
    }
    if exists && type != S_IFREG {
      try writeDirectly(path, body)
    } else {
      try replace(path, body)
    }
  }

  private static func writeDirectly(
    _ path: String, _ body: (AtomicFileOutput) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotCreate(file: path, reason: systemReason()) }
    defer { close(descriptor) }
    let output = AtomicFileOutput(descriptor: descriptor, path: path)
    try body(output)
  }

  private static func replace(
    _ path: String, _ body: (AtomicFileOutput) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let folder = (path as NSString).deletingLastPathComponent
    let temporary = TemporaryFiles.name(in: folder.isEmpty ? "." : folder, suffix: ".tmp")
    defer { TemporaryFiles.forget(temporary) }
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      let isFull = errno == ENOSPC || errno == EDQUOT
      throw isFull
        ? .writeFailed(file: path, reason: systemReason()) : .cannotCreate(file: path, reason: systemReason())
    }
    var isOpen = true
    var isRenamed = false
    defer {
      if isOpen { close(descriptor) }
      if !isRenamed { unlink(temporary) }
    }
    let output = AtomicFileOutput(descriptor: descriptor, path: path)
    try body(output)
    guard fsync(descriptor) == 0 else { throw .writeFailed(file: path, reason: systemReason()) }
    isOpen = false
    guard close(descriptor) == 0, TemporaryFiles.finally({ rename(temporary, path) }) == 0 else {
      throw .writeFailed(file: path, reason: systemReason())
    }
    isRenamed = true
    syncFolder(folder.isEmpty ? "." : folder)
  }

  /// Makes the rename itself durable; not every file system offers this, so a refusal is no failure.
  private static func syncFolder(_ folder: String) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    close(descriptor)
  }
}

/// Where the contents of a file being written are appended to.
public struct AtomicFileOutput {
  private let descriptor: Int32
  private let path: String

  init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  public func append(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
    if let failure = attempt(bytes) { throw failure }
  }

  public func append(_ bytes: some DataProtocol) throws(CheckpointError) {
    for region in bytes.regions {
      if let failure = region.withUnsafeBytes({ attempt($0) }) { throw failure }
    }
  }

  /// The failure is returned, not thrown: closures of the library for unsafe bytes lose its type.
  private func attempt(_ bytes: UnsafeRawBufferPointer) -> CheckpointError? {
    var rest = bytes[...]
    while !rest.isEmpty {
      // Some systems refuse more than 2 GiB in one call.
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
      let written = systemWrite(descriptor, piece.baseAddress, piece.count)
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { return .writeFailed(file: path, reason: systemReason()) }
      rest = rest.dropFirst(written)
    }
    return nil
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}

/// What the operating system says about the last failed call.
func systemReason() -> String { String(cString: strerror(errno)) }

import Foundation

/// Appends scalars to an event file that TensorBoard reads.
public final class EventWriter {
  /// The file written to.
  public let file: URL
  private let handle: FileHandle
  private var pending: [UInt8] = []

  /// Writes to the newest event file in `folder`, or to a new one named after `startTime` where there is
  /// none.
  ///
  /// A record that an earlier process did not finish is cut off, since readers stop at it. A file that is
  /// damaged otherwise is left as it is, and a new one begun.
  ///
  /// - Parameter resumingAtStep: The first step that will be written anew; readers then forget what the file
  ///   says of it and of later steps.
  public init(folder: URL, startTime: Date, resumingAtStep: Int? = nil) throws(ReportError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotCreate(path: folder.path, reason: error.localizedDescription)
    }
    if let newest = Self.newestFile(in: folder), let handle = try Self.continuing(newest) {
      file = newest
      self.handle = handle
    } else {
      file = Self.unusedName(in: folder, startTime: startTime)
      self.handle = try Self.creating(file)
    }
    let isEmpty = (try? handle.offset()) == 0
    if isEmpty { addVersion(time: startTime) }
    if let resumingAtStep, !isEmpty { addRestart(step: resumingAtStep, time: startTime) }
    try flush()
  }

  deinit { try? close() }

  /// Adds the value of `tag` at `step`.
  public func add(scalar: Double, tag: String, step: Int, time: Date) throws(ReportError) {
    var value = ProtobufMessage()
    value.add(1, bytes: [UInt8](tag.utf8))
    value.add(2, float: Float(scalar))
    var summary = ProtobufMessage()
    summary.add(1, bytes: value.bytes)
    var event = Self.event(step: step, time: time)
    event.add(5, bytes: summary.bytes)
    pending += EventRecords.framed(event.bytes)
    if pending.count >= 1 << 16 { try write() }
  }

  /// Hands everything added so far to the disk.
  public func flush() throws(ReportError) {
    try write()
    do {
      try handle.synchronize()
    } catch {
      throw .inputOutput(path: file.path, reason: error.localizedDescription)
    }
  }

  /// Flushes and closes the file; nothing may be added afterwards.
  public func close() throws(ReportError) {
    try write()
    do {
      try handle.close()
    } catch {
      throw .inputOutput(path: file.path, reason: error.localizedDescription)
    }
  }

  private func write() throws(ReportError) {
    guard !pending.isEmpty else { return }
    do {
      try handle.write(contentsOf: pending)
    } catch {
      throw .inputOutput(path: file.path, reason: error.localizedDescription)
    }
    pending.removeAll(keepingCapacity: true)
  }

  // MARK: Events

  private static func event(step: Int, time: Date) -> ProtobufMessage {
    var event = ProtobufMessage()
    event.add(1, double: time.timeIntervalSince1970)
    event.add(2, varint: UInt64(bitPattern: Int64(step)))
    return event
  }

  /// The first event of every file.
  private func addVersion(time: Date) {
    var event = ProtobufMessage()
    event.add(1, double: time.timeIntervalSince1970)
    event.add(3, bytes: [UInt8]("brain.Event:2".utf8))
    pending += EventRecords.framed(event.bytes)
  }

  /// A session log with the status START.
  private func addRestart(step: Int, time: Date) {
    var log = ProtobufMessage()
    log.add(1, varint: 1)
    var event = Self.event(step: step, time: time)
    event.add(7, bytes: log.bytes)
    pending += EventRecords.framed(event.bytes)
  }

  // MARK: Files

  private static let prefix = "events.out.tfevents."

  private static func newestFile(in folder: URL) -> URL? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let files = names.filter { $0.hasPrefix(prefix) }.sorted().map { folder.appendingPathComponent($0) }
    return files.last { (try? $0.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true }
  }

  /// A name that sorts after those of earlier files.
  private static func unusedName(in folder: URL, startTime: Date) -> URL {
    let seconds = startTime.timeIntervalSince1970.ifPlottable.map { Int64(max(0, $0)) } ?? 0
    let digits = String(seconds)
    let padded = String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    var file = folder.appendingPathComponent("\(prefix)\(padded).clipft")
    var attempt = 1
    while FileManager.default.fileExists(atPath: file.path) {
      file = folder.appendingPathComponent("\(prefix)\(padded).clipft.\(attempt)")
      attempt += 1
    }
    return file
  }

  /// The file ready to be appended to after its last whole record, or nil where it is damaged.
  private static func continuing(_ file: URL) throws(ReportError) -> FileHandle? {
    do {
      let handle = try FileHandle(forUpdating: file)
      guard case .records(let length) = try EventRecords.content(of: handle) else {
        try handle.close()
        return nil
      }
      try handle.truncate(atOffset: length)
      try handle.seek(toOffset: length)
      return handle
    } catch {
      throw .inputOutput(path: file.path, reason: error.localizedDescription)
    }
  }

  private static func creating(_ file: URL) throws(ReportError) -> FileHandle {
    guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
      throw .cannotCreate(path: file.path, reason: "the file system refuses it")
    }
    do {
      return try FileHandle(forUpdating: file)
    } catch {
      throw .cannotCreate(path: file.path, reason: error.localizedDescription)
    }
  }
}

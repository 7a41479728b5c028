import Checkpoint
import Foundation
import Synchronization
import TensorCore
import Training

/// The right to write into a folder that takes long to fill, such as a run's, held by one process at a time.
///
/// The lock is a file, `run.lock`, that names its holder and is made by a hard link, which also works where a folder is
/// shared by machines over NFS. Its holder touches it every few seconds. A lock is taken over from a process that is
/// known to be gone, or, where its machine cannot be asked, has been silent for ten minutes; whoever takes one over is told.
public final class RunLock: Sendable {
  /// What the lock file says.
  public struct Holder: Codable, Sendable, Equatable {
    public var process: ProcessIdentity
    /// ISO 8601, UTC.
    public var since: String

    public init(process: ProcessIdentity, since: String) {
      self.process = process
      self.since = since
    }

    /// "process 1234 on machine, since 2026-01-01T00:00:00Z"
    public var description: String { "process \(process.pid) on \(process.host), since \(since)" }
  }

  public static let fileName = "run.lock"
  /// Whether a name is that of a lock, or of a file by which one is taken.
  public static func isLockName(_ name: String) -> Bool { isLockName(name, of: fileName) }

  private static func isLockName(_ name: String, of lock: String) -> Bool {
    name == lock || name.hasPrefix("\(lock).") || name.hasPrefix(".\(lock).")
  }
  /// A machine that cannot be asked is given this long; its clock does not matter, the file system's does.
  static let silence: TimeInterval = 600
  private static let secondsBetweenBeats = 15

  private let file: URL
  private let contents: Data
  // A timer source may be used from any thread; its type does not say so.
  private nonisolated(unsafe) let heart: any DispatchSourceTimer
  private let isHeld = Atomic(true)
  private let abandonment: Int
  /// Whose lock was taken over, if anybody's.
  public let previous: Holder?

  private init(file: URL, contents: Data, previous: Holder?) {
    self.file = file
    self.contents = contents
    self.previous = previous
    heart = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "clipft.run-lock", qos: .utility))
    heart.schedule(
      deadline: .now() + .seconds(Self.secondsBetweenBeats), repeating: .seconds(Self.secondsBetweenBeats))
    heart.setEventHandler { [path = file.path, contents] in
      if Self.read(path) == contents { utimensat(AT_FDCWD, path, nil, 0) }
    }
    heart.resume()
    abandonment = TemporaryFiles.whenAbandoned { [path = file.path, contents] in
      Self.remove(path, ifIt: contents)
    }
  }

  deinit { release() }

  /// Takes the lock of a folder, which must exist, or another of that `name` in it. Throws if another process holds it.
  public static func acquire(_ folder: URL, name: String = fileName) throws -> RunLock {
    let file = folder.appendingPathComponent(name)
    let me = Holder(process: .current, since: Date().formatted(.iso8601))
    let contents = try JSONFormat.encode(me)
    // A name beside it, filled before it is linked: nobody sees a lock without a holder.
    let candidate = folder.appendingPathComponent(
      ".\(name).\(me.process.machine)-\(me.process.pid)-\(UInt32.random(in: 0 ... .max))")
    defer { unlink(candidate.path) }
    do {
      try contents.write(to: candidate)
    } catch {
      throw CheckpointError.cannotCreate(
        file: folder.path, reason: "its lock cannot be written: \(String(cString: strerror(errno)))")
    }
    var previous: Holder?
    for _ in 0..<8 {
      if link(candidate, to: file, contents) {
        TemporaryFiles.removeStale(in: folder)
        removeStaleCandidates(of: name, in: folder)
        return RunLock(file: file, contents: contents, previous: previous)
      }
      guard let found = read(file.path) else { continue }
      guard let holder = try? JSONFormat.decode(Holder.self, from: found) else {
        throw TrainingError.locked(
          path: folder.path, holder: "an unknown process, whose \(name) cannot be read")
      }
      guard isAbandoned(holder, file: file.path, now: candidate.path) else {
        throw TrainingError.locked(path: folder.path, holder: holder.description)
      }
      previous = holder
      takeAway(file.path, ifIt: found)
    }
    throw TrainingError.locked(path: folder.path, holder: "other processes, which take turns at it")
  }

  /// Who writes into a folder now, if anybody does.
  public static func holder(of folder: URL, name: String = fileName) -> Holder? {
    let path = folder.appendingPathComponent(name).path
    guard let found = read(path), let holder = try? JSONFormat.decode(Holder.self, from: found),
      !isAbandoned(holder, file: path, now: nil)
    else { return nil }
    return holder
  }

  /// Who a lock names, whether or not its process lives; nil where there is none.
  static func lastHolder(of folder: URL, name: String) -> Holder? {
    read(folder.appendingPathComponent(name).path).flatMap { try? JSONFormat.decode(Holder.self, from: $0) }
  }

  /// Throws if the lock is no longer this process's: another took it over, having heard nothing for long.
  public func check() throws(TrainingError) {
    guard isHeld.load(ordering: .relaxed), let found = Self.read(file.path), found == contents else {
      let holder = (Self.read(file.path)).flatMap { try? JSONFormat.decode(Holder.self, from: $0) }
      throw .lockLost(
        path: file.deletingLastPathComponent().path, holder: holder?.description ?? "nobody known")
    }
  }

  public func release() {
    guard isHeld.exchange(false, ordering: .relaxed) else { return }
    heart.cancel()
    TemporaryFiles.cancel(abandonment)
    Self.remove(file.path, ifIt: contents)
  }

  // MARK: Files

  private static func link(_ candidate: URL, to file: URL, _ contents: Data) -> Bool {
    if Foundation.link(candidate.path, file.path) == 0 { return true }
    let reason = errno
    // The answer of a server may get lost; the number of names does not.
    var status = stat()
    if stat(candidate.path, &status) == 0, status.st_nlink == 2 { return true }
    guard [EPERM, ENOTSUP, ENOSYS].contains(reason) else { return false }
    // A file system without links.
    let descriptor = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return contents.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == contents.count
  }

  private static func isAbandoned(_ holder: Holder, file: String, now reference: String?) -> Bool {
    if let alive = holder.process.isAlive { return !alive }
    guard let touched = modified(file) else { return false }
    let now = reference.flatMap(modified) ?? Date()
    return now.timeIntervalSince(touched) > silence
  }

  private static func modified(_ path: String) -> Date? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
  }

  /// Removes a lock that was found abandoned; one that another process has put in its place meanwhile is put back.
  private static func takeAway(_ path: String, ifIt found: Data) {
    let aside = path + ".\(ProcessIdentity.current.machine)-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    guard rename(path, aside) == 0 else { return }
    if read(aside) != found { _ = Foundation.link(aside, path) }
    unlink(aside)
  }

  private static func remove(_ path: String, ifIt contents: Data) {
    if read(path) == contents { unlink(path) }
  }

  private static func read(_ path: String) -> Data? { try? Data(contentsOf: URL(fileURLWithPath: path)) }

  /// What processes that were killed while they took the lock have left.
  private static func removeStaleCandidates(of lock: String, in folder: URL) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
      guard name != lock, isLockName(name, of: lock),
        let tail = name.split(separator: ".").last?.split(separator: "-"), tail.count == 3,
        tail[0] == ProcessIdentity.current.machine, let pid = Int32(tail[1]), kill(pid, 0) != 0,
        errno == ESRCH
      else { continue }
      unlink(folder.appendingPathComponent(name).path)
    }
  }
}

import Foundation

/// Files and folders under temporary names, `.clipft-MACHINE-PID-BEGAN-NUMBER…`: whose they are can be told from the
/// name, so that what a killed process left is removed by the next one that writes there, and nothing else is.
public enum TemporaryFiles {
  private static let prefix = ".clipft-"
  private static let registry = TemporaryRegistry()

  /// A free name in a folder for something that this process writes, ending in `suffix`; to be given to `forget` once
  /// it is renamed or removed. What dead processes left in the folder is removed.
  static func name(in folder: String, suffix: String) -> String {
    if registry.isFirstVisit(to: folder) { removeStale(in: URL(fileURLWithPath: folder)) }
    let me = ProcessIdentity.current
    let number = String(UInt64.random(in: .min ... .max), radix: 36)
    let name = "\(prefix)\(me.machine)-\(me.pid)-\(me.began)-\(number)\(suffix)"
    let path = (folder as NSString).appendingPathComponent(name)
    registry.add(path)
    return path
  }

  static func forget(_ path: String) { registry.remove(path) }

  /// Does what makes a temporary file final, unless the process is being ended by `abandonAll`.
  static func finally<Result>(_ body: () -> Result) -> Result { registry.whileOpen(body) }

  /// Removes what processes of this machine that run no more have left in a folder under temporary names.
  public static func removeStale(in folder: URL) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where writer(of: name)?.isAlive == false {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
  }

  /// Whether a name is one of a temporary file.
  public static func isTemporary(_ name: String) -> Bool { writer(of: name) != nil }

  private static func writer(of name: String) -> ProcessIdentity? {
    guard name.hasPrefix(prefix) else { return nil }
    let parts = name.dropFirst(prefix.count).split(separator: "-", maxSplits: 3)
    guard parts.count == 4, let pid = Int32(parts[1]), let began = UInt64(parts[2]) else { return nil }
    return ProcessIdentity(host: "", pid: pid, began: began, machine: String(parts[0]))
  }

  /// Has `body` run by `abandonAll`, after the temporary files are gone; the number is for `cancel`.
  public static func whenAbandoned(_ body: @escaping @Sendable () -> Void) -> Int { registry.add(body) }

  public static func cancel(_ number: Int) { registry.cancel(number) }

  /// For a process about to end at once: removes everything it has under a temporary name, and lets no other thread make
  /// anything final from now on.
  public static func abandonAll() { registry.abandon() }
}

private final class TemporaryRegistry: @unchecked Sendable {
  // Recursive: what runs when abandoned may itself write and remove.
  private let lock = NSRecursiveLock()
  private var paths: Set<String> = []
  private var visited: Set<String> = []
  private var actions: [Int: @Sendable () -> Void] = [:]
  private var count = 0

  func isFirstVisit(to folder: String) -> Bool { lock.withLock { visited.insert(folder).inserted } }
  func add(_ path: String) { lock.withLock { _ = paths.insert(path) } }
  func remove(_ path: String) { lock.withLock { _ = paths.remove(path) } }
  func whileOpen<Result>(_ body: () -> Result) -> Result { lock.withLock { body() } }

  func add(_ action: @escaping @Sendable () -> Void) -> Int {
    lock.withLock {
      count += 1
      actions[count] = action
      return count
    }
  }

  func cancel(_ number: Int) { lock.withLock { actions[number] = nil } }

  func abandon() {
    // Never unlocked: other threads wait here until the process is gone.
    lock.lock()
    for path in paths { try? FileManager.default.removeItem(atPath: path) }
    for action in actions.sorted(by: { $0.key < $1.key }) { action.value() }
  }
}

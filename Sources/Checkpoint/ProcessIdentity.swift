import Foundation

/// A process among all that ever ran on all machines that see a folder: a number alone is soon given to another.
public struct ProcessIdentity: Codable, Sendable, Equatable {
  /// Name of the machine, for people.
  public var host: String
  public var pid: Int32
  /// When the process began, in ticks of its machine's clock.
  public var began: UInt64
  /// What this boot of this machine is known by, and its set of process numbers (containers have their own).
  public var machine: String

  public init(host: String, pid: Int32, began: UInt64, machine: String) {
    self.host = host
    self.pid = pid
    self.began = began
    self.machine = machine
  }

  public static let current: ProcessIdentity = {
    let pid = getpid()
    let name = ProcessInfo.processInfo.hostName
    let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
    let numbers = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
    return ProcessIdentity(
      host: name, pid: pid, began: state(of: pid).began ?? 0,
      machine: String(ContentHash.sha256(of: Data("\(name) \(boot) \(numbers)".utf8)).prefix(12)))
  }()

  /// Whether the process still runs; nil where that cannot be known from here, such as on another machine.
  public var isAlive: Bool? {
    guard machine == Self.current.machine else { return nil }
    guard kill(pid, 0) == 0 || errno == EPERM else { return false }
    switch Self.state(of: pid) {
    case .ended: return false
    case .runs(let start) where began != 0: return start == began
    // Where the system does not tell, a process of that number is taken to be the one.
    case .runs, .unknown: return true
    }
  }

  /// What the system tells of a process.
  private enum State {
    /// Since so many ticks after the machine was booted.
    case runs(since: UInt64)
    /// It was not waited for, but holds nothing any more: without an init that waits, as in many containers, for ever.
    case ended
    case unknown

    var began: UInt64? {
      if case .runs(let since) = self { since } else { nil }
    }
  }

  private static func state(of pid: Int32) -> State {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      // The second field is a name in brackets, which may hold anything.
      let nameEnd = status.lastIndex(of: ")")
    else { return .unknown }
    let fields = status[status.index(after: nameEnd)...].split(separator: " ")
    guard fields.count > 19, let since = UInt64(fields[19]) else { return .unknown }
    return ["Z", "X", "x"].contains(fields[0]) ? .ended : .runs(since: since)
  }
}

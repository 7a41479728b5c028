import Foundation

/// When a long training saves itself: after half a minute, then every minute, or less often where saving takes so long
/// that it would cost more than a fiftieth of the time.
public struct CheckpointSchedule: Sendable {
  public var first: TimeInterval
  public var interval: TimeInterval
  public var largestShare = 0.02
  private var last: Date
  private var isFirst = true
  private var cost: TimeInterval = 0

  public init(first: TimeInterval = 25, interval: TimeInterval = 60) {
    self.first = first
    self.interval = interval
    last = Date()
  }

  public var isDue: Bool {
    let wait = isFirst ? first : max(interval, cost / largestShare)
    return Date().timeIntervalSince(last) >= wait
  }

  /// Training begins, or a checkpoint is on disk, or could not be written.
  package mutating func restart() {
    last = Date()
  }

  package mutating func saved(after begin: Date) {
    isFirst = false
    last = Date()
    cost = last.timeIntervalSince(begin)
  }
}

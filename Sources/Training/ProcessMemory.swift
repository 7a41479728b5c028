import Foundation
import Synchronization
import TensorCore

/// What the operating system says this process has used.
public enum ProcessMemory {
  /// The largest of the peaks that were forgotten, in MiB.
  private static let forgotten = Atomic(0)

  /// Largest resident size since the start or the last reset, in MiB.
  public static var peakMegabytes: Int {
    // Of a process that has reset its peak, only this file is sure to tell the new one.
    if let kilobytes = statusKilobytes("VmHWM") { return kilobytes / 1024 }
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return Int(usage.ru_maxrss) / 1024
  }

  /// Largest resident size since the start, resets or not, in MiB.
  public static var wholePeakMegabytes: Int { max(peakMegabytes, forgotten.load(ordering: .relaxed)) }

  /// Forgets the peak so far, where the system lets a process do so; memory that is kept for reuse is given back first.
  public static func resetPeak() {
    StoragePool.shared.trim()
    forgotten.max(peakMegabytes, ordering: .relaxed)
    guard let file = fopen("/proc/self/clear_refs", "w") else { return }
    fputs("5", file)
    fclose(file)
  }

  /// A line of `/proc/self/status`; nil where there is no such file.
  private static func statusKilobytes(_ key: String) -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("\(key):") })
    else { return nil }
    return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }
  }
}

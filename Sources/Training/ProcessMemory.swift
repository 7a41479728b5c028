import Foundation

/// What the operating system says this process has used.
public enum ProcessMemory {
  /// Largest resident size so far, in MiB.
  public static var peakMegabytes: Int {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return Int(usage.ru_maxrss) / 1024
  }
}

import Foundation

/// What the operating system says this process has used.
public enum ProcessMemory {
  /// Largest resident size since the start or the last reset, in MiB.
  public static var peakMegabytes: Int {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return Int(usage.ru_maxrss) / 1024
  }

  /// Forgets the peak so far, where the system lets a process do so.
  public static func resetPeak() {
    guard let file = fopen("/proc/self/clear_refs", "w") else { return }
    fputs("5", file)
    fclose(file)
  }
}

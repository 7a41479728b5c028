import Foundation
import Synchronization
import TensorCore

/// Feeds a series of inputs to one reader, in a process of its own: a crash ends no more than this.
struct FuzzChild {
  let reader: FuzzReader
  let series: UInt64
  /// Where inputs and the record of what became of them lie.
  let folder: URL

  /// Processor seconds an input may take, and ticks of the watch without an end: blocked.
  static let longest = 2.0
  private static let mostTicks = 1200
  private static let tick: UInt32 = 50_000
  static let mostMemory = 1 << 30
  private static let mostAddresses: UInt = 8 << 30
  private static let longestMessage = 8192

  /// Runs inputs from `first` on, for so many processor seconds; gives up at the first failure.
  func run(first: Int, seconds: Double) throws -> FuzzRecord {
    var limit = rlimit(rlim_cur: Self.mostAddresses, rlim_max: Self.mostAddresses)
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    limit = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    let watch = Watch()
    var record = FuzzRecord(next: first)
    let end = DispatchTime.now().uptimeNanoseconds + UInt64(seconds * 1e9)
    while DispatchTime.now().uptimeNanoseconds < end {
      let place = try FuzzRecord.inputFolder(in: folder)
      try write(reader.input(record.next, series: series), to: place)
      try record.save(in: folder)
      record.next += 1
      let start = Self.processorTime()
      watch.arm(start)
      let outcome = attempt(place)
      watch.disarm()
      record.slowest = max(record.slowest, Self.processorTime() - start)
      record.peakMemory = max(record.peakMemory, Self.peakMemory())
      switch outcome {
      case .accepted: record.accepted += 1
      case .rejected: record.rejected += 1
      case .failed(let problem): record.failure = problem
      }
      if record.peakMemory > Self.mostMemory { record.failure = "took \(record.peakMemory >> 20) MiB" }
      if record.next - 1 < reader.seeds.count, case .rejected(let words) = outcome {
        record.failure = "a good input was refused: \(words)"
      }
      if record.failure != nil { break }
    }
    try record.save(in: folder)
    return record
  }

  private enum Outcome {
    case accepted
    case rejected(String)
    case failed(String)
  }

  private func attempt(_ place: URL) -> Outcome {
    do {
      try reader.read(place)
      return .accepted
    } catch let error as any ClassifiedError {
      guard error.kind != .internalError else { return .failed("an internal error: \(error)") }
      let words = error.description
      guard words.utf8.count <= Self.longestMessage else {
        return .failed("an error of \(words.utf8.count) bytes")
      }
      guard !words.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
        return .failed("an error of more than one line, or with control characters: \(words)")
      }
      return .rejected(words)
    } catch {
      return .failed("an error of type \(type(of: error)): \(error)")
    }
  }

  private func write(_ files: FuzzFiles, to place: URL) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: place.path) where files[name] == nil {
      try FileManager.default.removeItem(at: place.appendingPathComponent(name))
    }
    for (name, bytes) in files { try bytes.write(to: place.appendingPathComponent(name)) }
  }

  private static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func peakMemory() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Int(usage.ru_maxrss) << 10
  }

  /// Ends the process when an input takes too long. It counts processor time, so that a busy machine, or a process
  /// that was stopped for a while, is no hang.
  private final class Watch: Sendable {
    private let start = Atomic<UInt64>(0)

    init() {
      Thread.detachNewThread { [self] in
        var ticks = 0
        var watched: UInt64 = 0
        while true {
          usleep(FuzzChild.tick)
          let current = start.load(ordering: .relaxed)
          ticks = current == watched ? ticks + 1 : 0
          watched = current
          guard current != 0 else { continue }
          let used = FuzzChild.processorTime() - Double(bitPattern: current)
          if used > FuzzChild.longest || ticks > FuzzChild.mostTicks { _exit(FuzzRecord.hangStatus) }
        }
      }
    }

    func arm(_ time: Double) { start.store(time.bitPattern, ordering: .relaxed) }
    func disarm() { start.store(0, ordering: .relaxed) }
  }
}

import Foundation

/// Runs children over one reader until the time is up, and keeps every input that broke something.
struct FuzzSession {
  let reader: FuzzReader
  let seed: UInt64
  /// Where failing inputs are kept.
  let failures: URL

  /// Seconds a child lives: what it leaks, it cannot leak for long.
  private static let childSeconds = 20.0

  /// Prints a line for each failure; gives the counts and the number of failures.
  func run(seconds: Double) throws -> (record: FuzzRecord, failures: Int) {
    var total = FuzzRecord(next: 0)
    var failed = 0
    let end = DispatchTime.now().uptimeNanoseconds + UInt64(seconds * 1e9)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "clipft-fuzz-\(reader.name)-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    while true {
      let now = DispatchTime.now().uptimeNanoseconds
      guard now < end else { break }
      let time = min(Self.childSeconds, Double(end - now) / 1e9)
      let problem = try child(first: total.next, seconds: time, folder: folder)
      var record = try FuzzRecord.load(from: folder)
      // A child that died had saved its record before the input that killed it.
      if problem != nil { record.next += 1 }
      total.add(record)
      if let problem = problem ?? record.failure {
        failed += 1
        let kept = try keep(folder, number: total.next - 1)
        print("\(reader.name): input \(total.next - 1): \(problem); kept as \(kept.path)")
      }
    }
    return (total, failed)
  }

  /// Why a child did not end by itself; nil if it did.
  private func child(first: Int, seconds: Double, folder: URL) throws -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [
      "--child", folder.path, "--reader", reader.name, "--seed", String(seed), "--first", String(first),
      "--seconds", String(seconds),
    ]
    // Traces of crashes take seconds each; the input is what counts.
    process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    try process.run()
    process.waitUntilExit()
    switch (process.terminationReason, process.terminationStatus) {
    case (.exit, 0): return nil
    case (.exit, FuzzRecord.hangStatus): return "took longer than \(FuzzChild.longest) s"
    case (.exit, let status): return "exited with \(status)"
    case (_, let signal): return "died of signal \(signal)"
    }
  }

  private func keep(_ folder: URL, number: Int) throws -> URL {
    let place = failures.appendingPathComponent("\(reader.name)-\(seed)-\(number)")
    try FileManager.default.createDirectory(at: failures, withIntermediateDirectories: true)
    try? FileManager.default.removeItem(at: place)
    try FileManager.default.copyItem(at: FuzzRecord.inputFolder(in: folder), to: place)
    return place
  }
}

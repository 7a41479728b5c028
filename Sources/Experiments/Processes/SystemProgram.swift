import Foundation

/// Another program of the machine, run as a process.
struct SystemProgram {
  let url: URL

  /// The program of that name in one of the folders of a search path; nil where none has it.
  init?(_ name: String, path: String? = ProcessInfo.processInfo.environment["PATH"]) {
    let folders = (path ?? "").split(separator: ":").map { URL(fileURLWithPath: String($0)) }
    let candidates = folders.map { $0.appendingPathComponent(name) }
    guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) })
    else {
      return nil
    }
    url = found
  }

  /// What it came to.
  struct Outcome {
    let status: Int32
    let output: Data
    /// What it said on standard error; a few lines.
    let complaints: String

    var text: String {
      String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
    /// The last line of what it said.
    var lastWords: String { complaints.split(separator: "\n").last.map(String.init) ?? "nothing" }
  }

  /// Runs it to its end without any input; nil where it cannot be run.
  func run(_ arguments: [String]) -> Outcome? {
    let process = Process()
    process.executableURL = url
    process.arguments = arguments
    let (bytes, complaints) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = bytes
    process.standardError = complaints
    do { try process.run() } catch { return nil }
    // Complaints are a few lines, for which the pipe has room while the output is read.
    let output = bytes.fileHandleForReading.readDataToEndOfFile()
    let words = String(decoding: complaints.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Outcome(status: process.terminationStatus, output: output, complaints: words)
  }
}

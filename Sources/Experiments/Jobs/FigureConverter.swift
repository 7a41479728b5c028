import Checkpoint
import Foundation

/// Makes PDF and PNG files of drawings with librsvg's `rsvg-convert`, run as a process.
package struct FigureConverter {
  package static let program = "rsvg-convert"
  /// What to install where the program is missing.
  package static let package = "librsvg2-bin"

  /// A kind of file, by its suffix.
  package enum Format: String, CaseIterable {
    case pdf, png
  }

  private let executable: URL

  /// The converter that lies in one of the folders of a search path; nil where none has it.
  package init?(path: String? = ProcessInfo.processInfo.environment["PATH"]) {
    let folders = (path ?? "").split(separator: ":").map { URL(fileURLWithPath: String($0)) }
    let candidates = folders.map { $0.appendingPathComponent(Self.program) }
    guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) })
    else {
      return nil
    }
    executable = found
  }

  /// Writes a drawing in another format, at 300 dots an inch where that means anything; gives the reason where it cannot be
  /// done. A reader sees the old file or the new.
  func convert(_ drawing: URL, to output: URL, _ format: Format) throws(CheckpointError) -> String? {
    let process = Process()
    process.executableURL = executable
    let resolution = format == .png ? ["--dpi-x=300", "--dpi-y=300"] : []
    process.arguments = ["--format=\(format.rawValue)"] + resolution + [drawing.path]
    let (bytes, complaints) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = bytes
    process.standardError = complaints
    do { try process.run() } catch { return "\(executable.path) cannot be run" }
    // Complaints are a few lines, for which the pipe has room while the file is read.
    let file = bytes.fileHandleForReading.readDataToEndOfFile()
    let words = String(decoding: complaints.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0, !file.isEmpty else {
      let last = words.split(separator: "\n").last.map(String.init)
      return "\(Self.program) said “\(last ?? "nothing")” and ended with status \(process.terminationStatus)"
    }
    try AtomicFile.write(file, to: output)
    return nil
  }
}

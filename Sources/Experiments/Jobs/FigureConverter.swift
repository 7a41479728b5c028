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

  private let executable: SystemProgram

  /// The converter that lies in one of the folders of a search path; nil where none has it.
  package init?(path: String? = ProcessInfo.processInfo.environment["PATH"]) {
    guard let found = SystemProgram(Self.program, path: path) else { return nil }
    executable = found
  }

  /// Writes a drawing in another format, at 300 dots an inch where that means anything; gives the reason where it cannot be
  /// done. A reader sees the old file or the new.
  func convert(_ drawing: URL, to output: URL, _ format: Format) throws(CheckpointError) -> String? {
    let resolution = format == .png ? ["--dpi-x=300", "--dpi-y=300"] : []
    guard let done = executable.run(["--format=\(format.rawValue)"] + resolution + [drawing.path]) else {
      return "\(executable.url.path) cannot be run"
    }
    guard done.status == 0, !done.output.isEmpty else {
      return "\(Self.program) said “\(done.lastWords)” and ended with status \(done.status)"
    }
    try AtomicFile.write(done.output, to: output)
    return nil
  }
}

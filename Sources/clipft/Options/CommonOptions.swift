import ArgumentParser
import Foundation
import TensorCore
import Training

/// Options that every command has.
struct CommonOptions: ParsableArguments {
  @Flag(name: .long, help: "Print one JSON document on standard output and nothing else.")
  var json = false

  @Option(name: .long, help: ArgumentHelp("Threads to compute with.", valueName: "n"))
  var threads: Int?

  @Option(name: .long, help: ArgumentHelp("Arithmetic: fp32 (auto is fp32).", valueName: "p"))
  var precision: Precision = .auto

  enum Precision: String, ExpressibleByArgument, CaseIterable {
    case auto, fp32
  }

  /// Settings of the surroundings; call first. Sets the number of threads and takes over Ctrl-C.
  func start() throws -> Workspace {
    let workspace = try Workspace()
    Interrupt.install()
    if let threads = threads ?? workspace.configuration.threads {
      guard (1...4096).contains(threads) else {
        throw ValidationError("--threads is \(threads); give 1 to 4096.")
      }
      setThreadCount(threads)
    }
    guard !Engine.available.isEmpty else { throw MissingEngine() }
    return workspace
  }

  /// Prints the result: the JSON document, or the text for people.
  func output(_ value: some Encodable, text: () -> String) throws {
    if json {
      Terminal.print(String(decoding: try JSONFormat.encode(value), as: UTF8.self))
    } else {
      Terminal.print(text())
    }
  }
}

/// No library that multiplies matrices was found.
struct MissingEngine: ClassifiedError {
  var kind: FailureKind { .internalError }
  var description: String {
    "Neither oneDNN nor OpenBLAS was found on this machine; install libdnnl-dev or libopenblas-dev (`make setup`)."
  }
}

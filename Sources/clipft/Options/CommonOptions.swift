import ArgumentParser
import Checkpoint
import Datasets
import Experiments
import Foundation
import TensorCore
import Training

/// Options that every command has.
struct CommonOptions: ParsableArguments {
  @Flag(name: .long, help: "Print one JSON document on standard output and nothing else.")
  var json = false

  @Flag(
    name: .long,
    help: "Say more on standard error, such as every prompt that a head is made of (default: no).")
  var verbose = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Threads to compute with (default: clipft.yaml's, else $OMP_NUM_THREADS, else every processor).",
      valueName: "n"))
  var threads: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Arithmetic of large products; auto is bf16 where the processor has it (default: clipft.yaml's, else auto).",
      valueName: "p"))
  var precision: PrecisionChoice?

  static let mostThreads = 4096

  enum PrecisionChoice: String, ExpressibleByArgument, Codable, CaseIterable {
    case auto, fp32, bf16

    var precision: Precision {
      switch self {
      case .auto: .native
      case .fp32: .fp32
      case .bf16: .bf16
      }
    }
  }

  func validate() throws {
    if let threads, !(1...Self.mostThreads).contains(threads) {
      throw ValidationError("--threads is \(threads); give 1 to \(Self.mostThreads).")
    }
  }

  /// Settings of the surroundings; call first. Sets threads and precision, and takes over Ctrl-C.
  func start() throws -> Workspace {
    var workspace = try Workspace()
    workspace.isVerbose = verbose
    Interrupt.install()
    if let threads = threads ?? workspace.configuration.threads { setThreadCount(threads) }
    guard !Engine.available.isEmpty else { throw MissingEngine() }
    try Surroundings.check()
    ImageCaches.setCurrent(ImageCaches(memory: ImageMemory(limit: workspace.imageMemory())))
    let choice = precision ?? workspace.configuration.precision ?? .auto
    if choice == .bf16, !processorHasNativeBF16 {
      Terminal.warn("this processor has no bf16 arithmetic; it is emulated, and slower than fp32")
    }
    Compute.setPrecision(choice.precision)
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

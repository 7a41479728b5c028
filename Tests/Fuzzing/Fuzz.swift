import ArgumentParser
import Foundation
import TensorCore

/// Feeds damaged files to every reader and sees whether it refuses them in order: with its own kind of error, in time, in
/// little memory.
@main
struct Fuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Feed damaged files to the readers.",
    discussion: """
      Every failing input is kept as a folder of its files; --replay FOLDER --reader NAME feeds it again. The same seed \
      makes the same inputs.
      """)

  @Option(help: "The reader, or 'all'.")
  var reader = "all"

  @Option(help: "Seconds a reader.")
  var seconds = 60.0

  @Option(help: "Seed of the inputs.")
  var seed: UInt64 = 1

  @Option(help: "Where failing inputs are kept.")
  var failures = "fuzz-failures"

  @Option(help: "A folder of files to feed to the reader once.")
  var replay: String?

  @Flag(help: "List the readers.")
  var list = false

  @Option(help: .private)
  var child: String?

  @Option(help: .private)
  var first = 0

  func run() throws {
    let all = try FuzzReaders.all()
    if list { return print(all.map(\.name).joined(separator: "\n")) }
    let chosen = all.filter { reader == "all" || reader == $0.name }
    guard let only = chosen.first else {
      throw ValidationError(
        "There is no reader '\(reader)'; there are \(all.map(\.name).joined(separator: ", ")).")
    }
    if let replay { return try once(only, URL(fileURLWithPath: replay)) }
    if let child {
      _ = try FuzzChild(
        reader: only, series: SeededRandom.seed(seed, named: only.name), folder: URL(fileURLWithPath: child)
      ).run(first: first, seconds: seconds)
      return
    }
    var failed = 0
    for reader in chosen {
      let session = FuzzSession(reader: reader, seed: seed, failures: URL(fileURLWithPath: failures))
      let (record, count) = try session.run(seconds: seconds)
      failed += count
      let slowest = String(format: "%.3f s", record.slowest)
      print(
        "\(reader.name): \(record.next) inputs, \(record.accepted) accepted, \(record.rejected) rejected, \(count) "
          + "failed, slowest \(slowest), peak memory \(record.peakMemory >> 20) MiB")
    }
    if failed > 0 { throw ExitCode(1) }
  }

  private func once(_ reader: FuzzReader, _ folder: URL) throws {
    do {
      try reader.read(folder)
      print("accepted")
    } catch let error as any ClassifiedError {
      print("rejected: \(error)")
    }
  }
}

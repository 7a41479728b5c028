import Foundation
import ImageCodec
import TestSupport
import TrainingTestSupport

/// The built program, run in a folder of its own with no settings but those given.
struct Program {
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String

    /// The one JSON document on standard output.
    func json() throws -> [String: Any] {
      guard let object = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] else {
        throw NotAnObject(output: output)
      }
      return object
    }
  }

  private struct NotAnObject: Error {
    let output: String
  }

  let tiny: TinyTraining
  var folder: TemporaryFolder { tiny.folder }

  init() throws { tiny = try TinyTraining() }

  /// Path of a tiny CLIP.
  func model() throws -> String { try tiny.model().place.path }

  /// Writes images in one folder a class, `split`/red/0.png …; the folder that holds the splits.
  func images(_ splits: String..., each count: Int = 4) throws -> String {
    for (seed, split) in splits.enumerated() {
      for (channel, name) in ["red", "green", "blue"].enumerated() {
        let place = folder.file("images/\(split)/\(name)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for number in 0..<count {
          var pixels = (0..<20 * 20 * 3).map { UInt8(($0 * 7 + number * 13 + seed * 29) % 80) }
          for pixel in 0..<400 { pixels[3 * pixel + channel] = 200 }
          // No image is in two splits, or twice in one.
          (pixels[(channel + 1) % 3], pixels[(channel + 2) % 3]) = (
            UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: seed + 16 * (number >> 8))
          )
          try ImageEncoder.png(PixelImage(width: 20, height: 20, pixels: pixels))
            .write(to: place.appendingPathComponent("\(number).png"))
        }
      }
    }
    return folder.file("images").path
  }

  func run(_ arguments: String..., input: String = "") throws -> Outcome {
    try run(arguments: arguments, input: input)
  }

  /// Runs the program; if asked to, interrupts it some seconds after it has made a file.
  func run(
    arguments: [String], input: String = "", interruptAfter interruption: (file: URL, seconds: Double)? = nil
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = Bundle.main.bundleURL.appendingPathComponent("clipft")
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    process.environment = ["HOME": folder.url.path, "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"]
    let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    process.standardError = stderr
    try process.run()
    stdin.fileHandleForWriting.write(Data(input.utf8))
    try stdin.fileHandleForWriting.close()
    if let interruption {
      while process.isRunning, !FileManager.default.fileExists(atPath: interruption.file.path) {
        Thread.sleep(forTimeInterval: 0.01)
      }
      Thread.sleep(forTimeInterval: interruption.seconds)
      process.interrupt()
    }
    let output = stdout.fileHandleForReading.readDataToEndOfFile()
    let errors = stderr.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
      errors: String(decoding: errors, as: UTF8.self))
  }
}

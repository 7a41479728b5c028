import Foundation
import TensorCore

/// The machine a figure was measured on.
public struct MachineDescription: Encodable, Sendable {
  public let processor: String
  /// Instruction sets this program knows how to use.
  public let instructionSets: String
  /// Processors the system has online, and threads this program computes with.
  public let processors: Int
  public let threads: Int
  public let memoryMb: Int
  public let system: String
  /// Measured peak of matrix products.
  public let peakGflops: Double

  public init(peakGflops: Double) {
    let process = ProcessInfo.processInfo
    processor = Self.processorName ?? "unknown"
    instructionSets = processorFeatures
    processors = process.activeProcessorCount
    threads = threadCount
    memoryMb = Int(process.physicalMemory >> 20)
    system = process.operatingSystemVersionString
    self.peakGflops = peakGflops
  }

  private static var processorName: String? {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
  }
}

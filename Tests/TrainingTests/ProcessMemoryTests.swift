import Experiments
import Foundation
import Testing
import Training
import TrainingTestSupport

/// What a run took is told of that run alone.
@Suite("Memory of a run")
struct ProcessMemoryTests {
  private static let megabytes = 768

  /// Uses so much memory, and gives it back.
  private func useMuch() {
    let count = Self.megabytes << 20
    let memory = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 4096)
    memory.initializeMemory(as: UInt8.self, repeating: 1, count: count)
    memory.deallocate()
  }

  /// Whether the system lets a process forget its peak.
  private static let canReset: Bool = {
    guard let file = fopen("/proc/self/clear_refs", "w") else { return false }
    defer { fclose(file) }
    return fputs("5", file) >= 0 && fflush(file) == 0
  }()

  @Test(
    "What the process used before a run is no part of its peak, and none of it is lost",
    .enabled(if: canReset))
  func earlierWork() throws {
    useMuch()
    // Another test's run may begin at any moment, and forgets the peak as well.
    let before = ProcessMemory.wholePeakMegabytes
    #expect(before >= Self.megabytes)
    let tiny = try TinyTraining()
    let result = try #require(try tiny.job("linear", name: "run").run().result)
    #expect(result.peakRssMb > 0 && result.peakRssMb < before - Self.megabytes / 2)
    #expect(ProcessMemory.wholePeakMegabytes >= before)
  }
}

import TensorCore
import Training

/// Times work and sets it against the machine's own peak.
public struct Benchmark {
  /// What `clipft bench` prints of one kind of work.
  public struct Result: Encodable, Sendable {
    public let work: String
    public let batch: Int
    /// By the median step.
    public let itemsPerS: Double
    /// Billions of floating-point operations a second; null where the work is not arithmetic.
    public let gflops: Double?
    public fileprivate(set) var percentOfPeak: Double?
    /// Largest resident size while this work ran, in MiB.
    public let peakRssMb: Int
    public let steps: Int
    /// Where a step's time goes; nil unless asked for.
    public var profile: StepProfile?
    /// Time and memory as multiples of other work's; nil unless asked for.
    public var beside: Comparison?

    private enum CodingKeys: CodingKey {
      case work, batch, itemsPerS, gflops, percentOfPeak, peakRssMb, steps, profile, beside
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(work, forKey: .work)
      try container.encode(batch, forKey: .batch)
      try container.encode(itemsPerS, forKey: .itemsPerS)
      // Always there, so that scripts find the key.
      try container.encode(gflops, forKey: .gflops)
      try container.encode(percentOfPeak, forKey: .percentOfPeak)
      try container.encode(peakRssMb, forKey: .peakRssMb)
      try container.encode(steps, forKey: .steps)
      try container.encodeIfPresent(profile, forKey: .profile)
      try container.encodeIfPresent(beside, forKey: .beside)
    }
  }

  /// Measured peak of matrix products, in floating-point operations a second.
  public private(set) var peak: Double
  private static let warmUps = 2
  private static let fewestSteps = 3

  /// Measures the machine's peak.
  public init() { peak = MatrixPeak.measure() }

  /// Runs `work` for at least `seconds` after warming up. Progress counts items.
  public func run(_ work: BenchmarkWork, seconds: Double, observer: WorkObserver = .init()) throws -> Result {
    ProcessMemory.resetPeak()
    for _ in 0..<Self.warmUps { try time(work, observer) }
    var times: [Double] = []
    while times.count < Self.fewestSteps || times.reduce(0, +) < seconds {
      times.append(try time(work, observer))
    }
    let median = times.sorted()[times.count / 2]
    let rate = work.operations.map { $0 / median }
    return Result(
      work: work.name, batch: work.batch, itemsPerS: Double(work.batch) / median,
      gflops: rate.map { $0 / 1e9 },
      percentOfPeak: rate.map { 100 * $0 / peak }, peakRssMb: ProcessMemory.peakMegabytes, steps: times.count)
  }

  /// Work beside other work.
  public struct Comparison: Encodable, Sendable {
    public let work: String
    /// Medians of steps that took turns.
    public let time: Double
    public let memory: Double
  }

  /// How `result`, of `work`, compares with other work: time by steps of both that take turns for at least `seconds`.
  public func compare(
    _ result: Result, of work: BenchmarkWork, with other: BenchmarkWork, peakRssMb: Int, seconds: Double,
    observer: WorkObserver = .init()
  ) throws -> Comparison {
    try time(other, observer)
    var times: [Double] = []
    var others: [Double] = []
    while times.count < Self.fewestSteps || times.reduce(0, +) < seconds {
      times.append(try time(work, observer))
      others.append(try time(other, observer))
    }
    func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
    return Comparison(
      work: other.name, time: median(times) / median(others),
      memory: Double(result.peakRssMb) / Double(max(1, peakRssMb)))
  }

  /// The results against the better of the peak measured first and one measured now: machines that others use, too, are
  /// not always equally fast.
  public mutating func rated(_ results: [Result]) -> [Result] {
    peak = max(peak, MatrixPeak.measure())
    return results.map { result in
      var result = result
      result.percentOfPeak = result.gflops.map { 1e11 * $0 / peak }
      return result
    }
  }

  /// Runs `work` for at least `seconds` more with every operation timed.
  public func profile(
    _ work: BenchmarkWork, seconds: Double, observer: WorkObserver = .init()
  ) throws -> StepProfile {
    let backend = ProfilingBackend(Compute.backend)
    return try Compute.$backend.withValue(backend) {
      try time(work, observer)
      backend.profile.reset()
      var steps = 0
      var total = 0.0
      while steps < Self.fewestSteps || total < seconds {
        total += try time(work, observer)
        steps += 1
      }
      return StepProfile(backend.profile.sorted, steps: steps, seconds: total)
    }
  }

  /// The peak itself as a result: products of two matrices of 2048 × 2048.
  public func matrixProducts() -> Result {
    Result(
      work: "gemm", batch: 1, itemsPerS: peak / 0x1p34, gflops: peak / 1e9, percentOfPeak: 100,
      peakRssMb: ProcessMemory.peakMegabytes, steps: 1)
  }

  @discardableResult
  private func time(_ work: BenchmarkWork, _ observer: WorkObserver) throws -> Double {
    if observer.shouldStop() { throw WorkStopped() }
    try work.prepare()
    let clock = ContinuousClock()
    let start = clock.now
    try work.step()
    let seconds = (clock.now - start).inSeconds
    observer.onProgress(work.batch)
    return max(seconds, 1e-9)
  }
}

import TensorCore

/// Where the time of one step goes, by operation, the dearest first.
public struct StepProfile: Encodable, Sendable {
  public struct Row: Encodable, Sendable {
    public let operation: String
    public let calls: Double
    public let milliseconds: Double
    /// Of the step's time.
    public let percent: Double
  }

  public let rows: [Row]

  /// `entries` were gathered over `steps` steps that took `seconds` together. What is outside of operations (the tape,
  /// allocation, reading data) becomes a row of its own.
  init(_ entries: [Profile.Entry], steps: Int, seconds: Double) {
    func row(_ operation: String, _ calls: Int, _ spent: Double) -> Row {
      Row(
        operation: operation, calls: Double(calls) / Double(steps),
        milliseconds: 1000 * spent / Double(steps),
        percent: 100 * spent / seconds)
    }
    let outside = seconds - entries.reduce(0) { $0 + $1.seconds }
    rows = entries.map { row($0.operation, $0.calls, $0.seconds) } + [row("outside operations", 0, outside)]
  }

  public func encode(to encoder: any Encoder) throws { try rows.encode(to: encoder) }
}

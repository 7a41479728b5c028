/// The alphas of a sweep: decimals between 0 and 1, or beyond where that is asked for, ascending, each once.
public struct AlphaGrid: Sendable, Equatable {
  /// The nearest number to each decimal: 0.3, not 0.30000000000000004.
  public let values: [Double]

  private static let maximumCount = 10_000
  /// How far beyond 0…1 alphas may lie where they may at all.
  private static let farthest = 100

  /// Reads a comma-separated list of decimals and ranges `first:last:step`, whose steps must meet the last.
  ///
  /// With `beyond`, alphas may be less than 0 or more than 1.
  public init(parsing text: String, beyond: Bool = false) throws(WiSEError) {
    var points: Set<Int> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let numbers = part.split(separator: ":", omittingEmptySubsequences: false)
      switch numbers.count {
      case 1: points.insert(try Self.alpha(numbers[0], beyond))
      case 3:
        let (first, last) = (try Self.alpha(numbers[0], beyond), try Self.alpha(numbers[1], beyond))
        let step = try Self.billionths(numbers[2])
        guard first <= last else { throw .badGrid(part: String(part), problem: "ends before it begins") }
        guard step > 0 else { throw .badGrid(part: String(part), problem: "has no step above 0") }
        guard (last - first) / step < Self.maximumCount else {
          throw .badGrid(part: String(part), problem: "has more than \(Self.maximumCount) points")
        }
        guard (last - first) % step == 0 else {
          let reached = first + (last - first) / step * step
          throw .badGrid(
            part: String(part),
            problem: "steps over its end; write \(Self.text(first)):\(Self.text(reached)):\(Self.text(step)) "
              + "for what it reaches, with ,\(Self.text(last)) after it for the end as well")
        }
        points.formUnion(stride(from: first, through: last, by: step))
      default: throw .badGrid(part: String(part), problem: "is no range")
      }
      guard points.count <= Self.maximumCount else {
        throw .badGrid(
          part: String(part), problem: "brings the list to more than \(Self.maximumCount) points")
      }
    }
    values = points.sorted().map { Billionths.value($0) }
  }

  /// Billionths as the shortest decimal.
  private static func text(_ billionths: Int) -> String { Billionths.text(Billionths.value(billionths)) }

  private static func alpha(_ text: Substring, _ beyond: Bool) throws(WiSEError) -> Int {
    let value = try billionths(text)
    guard beyond || (0...Billionths.one).contains(value) else {
      throw .badGrid(part: String(text), problem: "is not between 0 and 1, beyond which --extrapolate leads")
    }
    guard abs(value) <= Self.farthest * Billionths.one else {
      throw .badGrid(part: String(text), problem: "is not between -\(Self.farthest) and \(Self.farthest)")
    }
    return value
  }

  private static func billionths(_ text: Substring) throws(WiSEError) -> Int {
    guard let value = Billionths.read(text) else {
      throw .badGrid(
        part: String(text),
        problem: "is no decimal number of at most \(Billionths.digits) digits before and after the point")
    }
    return value
  }
}

extension RandAugment {
  /// A standard deviation above this means magnitudes drawn evenly from 0 to `magnitude`, as timm takes it.
  public static let evenDeviation = 100.0

  /// What one of timm's strings says, such as `rand-m9-mstd0.5-inc1`: parts in any order, each a name and a number.
  ///
  /// `m` magnitude (0 to 10; 10), `n` operations (1 to 16; 2), `p` probability of each (0.5), `mstd` deviation (0), `inc`
  /// whether severity increases with magnitude everywhere (0 or 1; 0). What timm reads and this program does not do (`mmax`,
  /// sets of operations by `t`) is refused, and so is what timm passes over in silence.
  public init(timm text: String) throws(AugmentationError) {
    func refusal(_ part: some StringProtocol, _ reason: String) -> AugmentationError {
      .randAugment(text: text, part: String(part), reason: reason)
    }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts[0] == "rand" else { throw refusal(parts[0], "is no RandAugment; it begins with rand") }
    self.init(operations: 2, magnitude: 10, deviation: 0, probability: 0.5, increasing: false)
    var seen: Set<Substring> = []
    for part in parts.dropFirst() {
      if part.hasPrefix("t") {
        throw refusal(part, "chooses a set of operations, of which there is only timm's own")
      }
      let name = part.prefix { !$0.isNumber }
      guard ["m", "n", "p", "mstd", "mmax", "inc"].contains(name) else {
        throw refusal(part, "is not known; there are m, n, p, mstd and inc, each with a number")
      }
      guard seen.insert(name).inserted else { throw refusal(part, "says \(name) a second time") }
      guard let value = Self.number(part.dropFirst(name.count)) else {
        throw refusal(part, "lacks a number after \(name)")
      }
      switch name {
      case "m":
        guard (0...10).contains(value) else { throw refusal(part, "is no magnitude of 0 to 10") }
        magnitude = value
      case "n":
        guard (1...16).contains(value), let count = Int(exactly: value) else {
          throw refusal(part, "is no number of operations of 1 to 16")
        }
        operations = count
      case "p":
        guard (0...1).contains(value) else { throw refusal(part, "is no probability of 0 to 1") }
        probability = value
      case "mstd": deviation = value
      case "inc":
        guard value == 0 || value == 1 else { throw refusal(part, "is neither inc0 nor inc1") }
        increasing = value == 1
      default: throw refusal(part, "raises the largest magnitude, which is 10 here")
      }
    }
  }

  /// The string that says the same, without what timm takes for granted: `rand-m9-mstd0.5-inc1`.
  public var timm: String {
    var parts = ["rand", "m\(Self.text(magnitude))"]
    if operations != 2 { parts.append("n\(operations)") }
    if probability != 0.5 { parts.append("p\(Self.text(probability))") }
    if deviation != 0 { parts.append("mstd\(Self.text(deviation))") }
    if increasing { parts.append("inc1") }
    return parts.joined(separator: "-")
  }

  /// Digits, and more of them after a point: timm's strings have no signs or exponents.
  private static func number(_ text: Substring) -> Double? {
    guard text.first?.isNumber == true, text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }) else {
      return nil
    }
    return Double(text)
  }

  private static func text(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? String(value)
  }
}

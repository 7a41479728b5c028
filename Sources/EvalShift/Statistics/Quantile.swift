extension Array where Element == Double {
  /// The quantile at `fraction` (0…1) of numbers in ascending order, linear between them, as numpy's default.
  ///
  /// - Precondition: the array is sorted and not empty.
  func sortedQuantile(_ fraction: Double) -> Double {
    precondition(!isEmpty, "no quantile of nothing")
    let position = Swift.min(Swift.max(fraction, 0), 1) * Double(count - 1)
    let below = Int(position)
    let above = Swift.min(below + 1, count - 1)
    let share = position - Double(below)
    // From the nearer end, as numpy does it: then it never passes either.
    let step = self[above] - self[below]
    return share < 0.5 ? self[below] + step * share : self[above] - step * (1 - share)
  }
}

import Foundation

/// How long training will take, once, after a few measured steps, if it is worth telling.
struct TimeEstimate {
  private var begin: (date: Date, step: Int)?
  private var isDone = false
  /// The first steps make room and are slower; a moment is long enough to measure.
  private static let fewestSteps = 3
  private static let measuredSeconds = 2.0
  private static let worthTelling = 60.0

  /// To be called after each step; seconds left, the one time that they are to be told.
  mutating func step(done: Int, total: Int) -> TimeInterval? {
    guard !isDone else { return nil }
    guard let begin else {
      self.begin = (Date(), done)
      return nil
    }
    let seconds = Date().timeIntervalSince(begin.date)
    guard done - begin.step >= Self.fewestSteps, seconds >= Self.measuredSeconds else { return nil }
    isDone = true
    let left = seconds / Double(done - begin.step) * Double(total - done)
    return left >= Self.worthTelling ? left : nil
  }
}

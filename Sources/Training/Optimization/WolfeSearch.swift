/// The search for how far to go along a direction: a step that meets the strong Wolfe conditions (Nocedal & Wright 2006,
/// section 3.1), by bracketing and cubic interpolation.
///
/// The bracket's lower end has gone down enough and still points down; its upper end has not, or points up: a step that is
/// wanted lies between them, always. The search evaluates nothing; it is told values and says where to look next.
struct WolfeSearch {
  enum Advice: Equatable {
    case accept
    case look(at: Double)
    /// Values and slopes contradict each other, as they do where a value is known no better than by rounding.
    case giveUp
  }

  /// A step with what was found there.
  struct Trial {
    var step: Double
    var value: Double
    var slope: Double
  }

  /// Of the decrease that the first slope promises, so much must come true.
  private static let decrease = 1e-4
  /// To so much of the first slope the slope must fall.
  private static let flattening = 0.9
  private static let mostTrials = 30

  private let start: Trial
  /// What a value may be off by.
  private let slack: Double
  private var low: Trial
  private var high: Trial?
  private var trials = 0

  /// - Parameters:
  ///   - slope: at step 0; negative.
  ///   - slack: how much two values must differ to tell them apart.
  init(value: Double, slope: Double, slack: Double) {
    start = Trial(step: 0, value: value, slope: slope)
    low = start
    self.slack = slack
  }

  /// What to do after looking at `trial`.
  mutating func judge(_ trial: Trial) -> Advice {
    trials += 1
    let isKnown = trial.value.isFinite && trial.slope.isFinite
    let bound = start.value + Self.decrease * trial.step * start.slope + slack
    if !isKnown || trial.value > bound {
      high = trial
    } else if abs(trial.slope) <= Self.flattening * abs(start.slope) {
      return .accept
    } else if trial.slope > 0 {
      high = trial
    } else {
      low = trial
    }
    guard trials < Self.mostTrials else { return .giveUp }
    guard let high else { return .look(at: 4 * trial.step) }
    let width = high.step - low.step
    guard width > 1e-14 * high.step else { return .giveUp }
    // Interpolation alone may creep towards one end.
    let fraction = trials % 3 == 0 ? nil : Self.cubicMinimum(low, high)
    return .look(at: low.step + width * min(max(fraction ?? 0.5, 0.1), 0.9))
  }

  /// Where between two trials the cubic through their values and slopes is least, as a fraction of the way; nil where it is
  /// nowhere.
  private static func cubicMinimum(_ a: Trial, _ b: Trial) -> Double? {
    let width = b.step - a.step
    let mean = a.slope + b.slope - 3 * (b.value - a.value) / width
    let radicand = mean * mean - a.slope * b.slope
    guard radicand >= 0 else { return nil }
    let root = radicand.squareRoot()
    let fraction = 1 - (b.slope + root - mean) / (b.slope - a.slope + 2 * root)
    return fraction.isFinite ? fraction : nil
  }
}

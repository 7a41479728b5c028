extension FineTuningSettings {
  /// Shortens a warm-up that would take more than half of training to a tenth of it: for recipes that nobody asked for by
  /// name, made for more images than these. What was shortened, in a sentence; nil where nothing was.
  ///
  /// Where the rate changes by epoch, the warm-up is whole epochs: a part of one would hold the first epoch back whole.
  public mutating func shortenWarmup(images: Int, recipe: String?) -> String? {
    let before = learningRates(images: images)
    guard before.totalSteps > 0, before.endsInWarmup || 2 * before.warmupSteps > before.totalSteps else {
      return nil
    }
    schedule.warmupSteps = nil
    (schedule.warmupEpochs, schedule.warmupShare) =
      schedule.pace == .step ? (nil, 0.1) : (Float(schedule.epochs / 10), nil)
    let steps = learningRates(images: images).warmupSteps
    func named(_ count: Int) -> String { count == 1 ? "1 step" : "\(count) steps" }
    return "training has \(named(before.totalSteps)), too few for a warm-up of \(named(before.warmupSteps))"
      + (recipe.map { " as the recipe \($0) has it" } ?? "")
      + ": it is shortened to \(steps == 0 ? "none" : named(steps))"
      + (recipe.map { " (--recipe \($0) keeps it)" } ?? "")
  }
}

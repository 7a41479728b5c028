/// What a study found: its questions with their answers, what it advises, and the means that both rest on.
public struct StudyAnswers: Encodable, Sendable, Equatable {
  public var study: String
  public var summary: String
  public var source: String?
  /// Runs that the study is about, those of them that are done, and the names of those that are not.
  public var runs: Int
  public var done: Int
  public var missing: [String]
  public var failed: [Failure]
  /// What a reader must know before any number, a sentence each.
  public var cautions: [String]
  public var questions: [StudyQuestion] = []
  public var guide: [StudyAdvice] = []
  public var units: [StudyUnit]

  /// A run that could not be.
  public struct Failure: Encodable, Sendable, Equatable {
    public var run: String
    public var reason: String

    public init(run: String, reason: String) { (self.run, self.reason) = (run, reason) }
  }

  public init(
    study: String, summary: String, source: String?, runs: Int, done: Int, missing: [String],
    failed: [Failure], cautions: [String] = [], units: [StudyUnit]
  ) {
    (self.study, self.summary, self.source) = (study, summary, source)
    (self.runs, self.done, self.missing, self.failed) = (runs, done, missing, failed)
    (self.cautions, self.units) = (cautions, units)
  }
}

/// Runs of a study that differ in nothing but their seeds, averaged.
public struct StudyUnit: Encodable, Sendable, Equatable {
  /// The labels of its axes.
  public var name: String
  public var method: String
  /// The options of the method that are not its defaults.
  public var options: String
  /// What the search chose; nil without one.
  public var choice: String?
  public var seeds: Int
  public var tunedParameters: Int
  public var headParameters: Int
  public var target: String
  /// The accuracy of the pre-trained model, of the fine-tuned weights and at the selected alpha; nil where it was not measured.
  public var zeroShot: Standing?
  public var fineTuned: Standing?
  public var selected: Standing?
  /// Alphas that were selected, as people read them.
  public var selectedAlpha: String

  /// Accuracy on the target, and the mean over the shifts.
  public struct Standing: Encodable, Sendable, Equatable {
    public var target: Score
    public var shifts: Score?

    public init(target: Score, shifts: Score?) { (self.target, self.shifts) = (target, shifts) }
  }

  public init(
    name: String, method: String, options: String, choice: String?, seeds: Int, tunedParameters: Int,
    headParameters: Int, target: String, zeroShot: Standing?, fineTuned: Standing?, selected: Standing?,
    selectedAlpha: String
  ) {
    (self.name, self.method, self.options, self.choice) = (name, method, options, choice)
    (self.seeds, self.tunedParameters, self.headParameters) = (seeds, tunedParameters, headParameters)
    (self.target, self.zeroShot, self.fineTuned) = (target, zeroShot, fineTuned)
    (self.selected, self.selectedAlpha) = (selected, selectedAlpha)
  }
}

/// What a study advises for one task and number of training images.
public struct StudyAdvice: Encodable, Sendable, Equatable {
  /// The task, and how many images of each class there are; empty where the study has one.
  public var setting: String
  /// Accuracy of the pre-trained model on the target: the lower, the farther the task is from pre-training.
  public var zeroShot: Score?
  /// On the target by the fine-tuned weights, and on the mean over the shifts at the selected alpha.
  public var target: Choice?
  public var shifts: Choice?

  /// Which method, and how sure that is.
  public struct Choice: Encodable, Sendable, Equatable {
    /// The method of the highest mean accuracy.
    public var best: String
    public var accuracy: Score
    /// Methods whose difference from it has an interval around 0, corrected for all pairs by Holm's method.
    public var notToldApart: [String]
    /// Of the best and these, the one that tunes the fewest parameters.
    public var smallest: String
    public var smallestTuned: Int
    /// In what share of joint draws of images and seeds the best, and the smallest, is best or within a point of the best; nil
    /// where what was said of each image was not kept.
    public var bestShare: Double?
    public var smallestShare: Double?
    public var methods: Int
    public var seeds: Int
    public var images: Int
    /// All that in sentences.
    public var words: String

    public init(
      best: String, accuracy: Score, notToldApart: [String], smallest: String, smallestTuned: Int,
      bestShare: Double?, smallestShare: Double?, methods: Int, seeds: Int, images: Int, words: String
    ) {
      (self.best, self.accuracy, self.notToldApart) = (best, accuracy, notToldApart)
      (self.smallest, self.smallestTuned) = (smallest, smallestTuned)
      (self.bestShare, self.smallestShare) = (bestShare, smallestShare)
      (self.methods, self.seeds, self.images, self.words) = (methods, seeds, images, words)
    }
  }

  public init(setting: String, zeroShot: Score?, target: Choice?, shifts: Choice?) {
    (self.setting, self.zeroShot, self.target, self.shifts) = (setting, zeroShot, target, shifts)
  }
}

import EvalShift
import TensorCore
import Training

extension ZeroShotFailures {
  /// What only fine-tuning gets right among a run's training images: these are scored at alpha 0 and at `alpha`, whose features
  /// are kept.
  ///
  /// Throws at alpha 0, where nothing is fine-tuned.
  public init(
    of run: LoadedRun, alpha: Double, training: EvaluationSet, observer: ShiftEvaluator.Observer = .init()
  ) throws {
    guard alpha > 0 else {
      throw TrainingError.badSetting(
        "At alpha 0 the run is the zero-shot model itself; name another --alpha.")
    }
    let model = ScoredModel(run: run)
    var features: Tensor?
    let found = try ShiftEvaluator(config: model.config, preprocessing: model.preprocessing).sweep(
      model.path, alphas: [0, alpha], sets: [training], withFeatures: true, observer: observer
    ) { at, _, images, _, part in
      guard at == alpha, let part else { return }
      let all = features ?? Tensor(zeros: [training.dataset.count, part.shape[1]])
      all.rows(images).mutableBytes.copyMemory(from: part.bytes)
      features = all
    }
    guard let features else { throw EvaluationError.noPredictions }
    func correct(_ place: Int) -> [Bool] { found[place].predictions[0].rows.map(\.isCorrect) }
    try self.init(
      features: features.array, width: features.shape[1], zeroShotCorrect: correct(0),
      fineTunedCorrect: correct(1))
  }
}

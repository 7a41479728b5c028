import EvalShift
import Testing

@Suite("Intervals over classes")
struct ClassDrawTests {
  private let resampling = Resampling(clusters: .classes)

  /// Ten classes of `sizes` images, of which as many are right as the class's place among them says.
  private func predictions(sizes: [Int]) throws -> Predictions {
    var (logits, targets): ([Float], [Int32]) = ([], [])
    for (target, size) in sizes.enumerated() {
      for image in 0..<size {
        let predicted = image * sizes.count < size * target ? target : (target + 1) % sizes.count
        logits += sizes.indices.map { $0 == predicted ? 5 : 0 }
        targets.append(Int32(target))
      }
    }
    return try Predictions(logits: logits, targets: targets)
  }

  private func scores(_ predictions: Predictions) -> DatasetScores {
    DatasetScores(dataset: "set", role: .target, predictions: predictions, resampling: resampling)
  }

  @Test("of classes of one size the mean per class is the accuracy, and so is its interval")
  func balanced() throws {
    let scores = scores(try predictions(sizes: [Int](repeating: 10, count: 10)))
    let (own, accuracy) = (
      try #require(scores.intervals["mean_per_class"]), try #require(scores.intervals["top1"])
    )
    #expect(isClose(scores["mean_per_class"], scores.top1))
    #expect(isClose(own.lower, accuracy.lower) && isClose(own.upper, accuracy.upper))
  }

  @Test("a class that is drawn twice counts twice, as in a plain bootstrap over the classes' accuracies")
  func plainBootstrap() throws {
    let predictions = try predictions(sizes: [3, 20, 7, 10, 2, 40, 5, 9, 6, 30])
    let classes = predictions.perClass
    let draws = try BootstrapCounts(images: classes.count, rounds: resampling.rounds, seed: resampling.seed)
    let plain = draws.evaluate { counts in
      zip(classes, counts).reduce(0) { $0 + $1.0.accuracy * Double($1.1) } / Double(classes.count)
    }
    let expected = try #require(try plain.interval())
    let own = try #require(scores(predictions).intervals["mean_per_class"])
    #expect(isClose(own.lower, expected.lower) && isClose(own.upper, expected.upper))
  }

  @Test("what depends on which other classes there are has no interval over classes, and says why")
  func meaningless() throws {
    let scores = scores(try predictions(sizes: [Int](repeating: 10, count: 10)))
    #expect(scores["macro_f1"] != nil && scores.intervals["macro_f1"] == nil)
    #expect(MacroF1().lacksIntervalOverClasses != nil && PredictionKappa().lacksIntervalOverClasses != nil)
    #expect(!resampling.gives(PredictionKappa()) && Resampling().gives(PredictionKappa()))
    #expect(resampling.gives(Top1Accuracy()) && scores.intervals["ece"] != nil)
  }
}

/// Area under the risk–coverage curve (Geifman and El-Yaniv, Selective Classification for Deep Neural Networks, NeurIPS 2017): the
/// error among the most confident images, averaged over how many of them are answered.
///
/// Images of equal confidence are answered together, each counting their mean error: their order says nothing.
public struct RiskCoverage: Metric {
  public let key = "aurc"
  public let title = "AURC"
  public let unit = MetricUnit.number
  public let direction = MetricDirection.lower

  public init() {}

  public func statistic(of predictions: Predictions) -> SampleStatistic? {
    let rows = predictions.rows
    let order = rows.indices.sorted {
      rows[$0].confidence == rows[$1].confidence ? $0 < $1 : rows[$0].confidence > rows[$1].confidence
    }
    let wrong = order.map { rows[$0].isCorrect ? 0 : 1 }
    // Where images of another confidence begin.
    let starts = order.indices.filter { place in
      place == 0 || rows[order[place]].confidence != rows[order[place - 1]].confidence
    }
    return SampleStatistic { counts in
      var (answered, errors, area) = (0.0, 0.0, 0.0)
      for (start, end) in zip(starts, starts.dropFirst() + [order.count]) {
        var (images, mistakes) = (0, 0)
        for place in start..<end {
          let count = Int(counts[order[place]])
          images += count
          mistakes += wrong[place] * count
        }
        let share = images == 0 ? 0 : Double(mistakes) / Double(images)
        for image in 0..<images {
          area += (errors + share * Double(image + 1)) / (answered + Double(image + 1))
        }
        answered += Double(images)
        errors += Double(mistakes)
      }
      return answered == 0 ? nil : area / answered
    }
  }
}

/// The tables of a study.
extension StudyAnswers {
  /// Means over seeds, a row for each combination of the axes.
  public var unitTable: TableData {
    let (start, end, chosen) = ("Zero-shot (α = 0)", "Fine-tuned (α = 1)", "At the selected α")
    let hasShifts = units.contains { $0.fineTuned?.shifts != nil }
    let hasChoice = units.contains { $0.choice != nil }
    func scores(_ key: String, _ group: String) -> [TableData.Column] {
      [.init("Target", key: "\(key)_target", group: group, hasInterval: true)]
        + (hasShifts
          ? [.init("Mean shift", key: "\(key)_mean_shift", group: group, hasInterval: true)] : [])
    }
    func cells(_ standing: StudyUnit.Standing?) -> [TableData.Cell] {
      [.init(standing?.target)] + (hasShifts ? [.init(standing?.shifts)] : [])
    }
    var table = TableData(
      name: "units",
      caption:
        "Means over seeds of accuracy in percent; the 95% intervals in small type hold the chance of the images and, of several "
        + "seeds, by Student’s t that of the seeds. The mean over the shifts weighs them equally. The selected α is chosen on "
        + "validation images. Options are those that are not the method’s defaults.",
      columns: [.init("Options", key: "options")] + (hasChoice ? [.init("Chosen", key: "choice")] : [])
        + [
          .init("Seeds", key: "seeds"), .init("Tuned", key: "tuned_parameters"),
          .init("Head", key: "head_parameters"), .init("Set", key: "target_set"),
        ]
        + scores("zero_shot", start) + scores("fine_tuned", end)
        + [.init("α", key: "selected_alpha", group: chosen)] + scores("selected", chosen),
      rows: units.map { unit in
        TableData.Row(
          unit.name,
          cells: [.init(unit.options)] + (hasChoice ? [.init(unit.choice ?? "")] : [])
            + [
              .init("\(unit.seeds)", value: Double(unit.seeds)),
              .init(NumberText.compact(unit.tunedParameters), value: Double(unit.tunedParameters)),
              .init(NumberText.compact(unit.headParameters), value: Double(unit.headParameters)),
              .init(unit.target),
            ]
            + cells(unit.zeroShot) + cells(unit.fineTuned) + [.init(unit.selectedAlpha)]
            + cells(unit.selected))
      })
    table.heading = "Runs"
    return table
  }

  /// Every claim with its estimate, interval and verdict.
  public var claimTable: TableData {
    var table = TableData(
      name: "answers",
      caption:
        "Estimates in points of accuracy with 95% intervals. A claim is supported or contradicted only where the interval lies "
        + "on one side; intervals are not corrected for the number of claims.",
      columns: [
        .init("Estimate", key: "estimate", hasInterval: true), .init("of", key: "quantity"),
        .init("Verdict", key: "verdict"), .init("Resting on", key: "basis"),
      ],
      rows: questions.flatMap { question in
        question.claims.enumerated().map { place, claim in
          var estimate = TableData.Cell(NumberText.points(claim.estimate), value: claim.estimate)
          estimate.interval = claim.ci95
          return TableData.Row(
            claim.statement,
            cells: [
              estimate, .init(claim.quantity), .init(claim.verdict.rawValue), .init(claim.basis),
            ], isFirst: place == 0)
        }
      })
    table.heading = "Claim"
    return table
  }

  /// What is advised, a row for each task and number of images.
  public var guideTable: TableData {
    let hasShifts = guide.contains { $0.shifts != nil }
    func columns(_ key: String, _ group: String) -> [TableData.Column] {
      [
        .init("Best", key: "\(key)_best", group: group),
        .init("Accuracy", key: "\(key)_accuracy", group: group, hasInterval: true),
        .init("Not told apart", key: "\(key)_not_told_apart", group: group),
        .init("Smallest", key: "\(key)_smallest", group: group),
        .init("Tuned", key: "\(key)_smallest_tuned_parameters", group: group),
        .init("Sure", key: "\(key)_smallest_share", group: group),
      ]
    }
    func cells(_ choice: StudyAdvice.Choice?) -> [TableData.Cell] {
      guard let choice else {
        return [TableData.Cell](repeating: .init(NumberText.missing), count: columns("", "").count)
      }
      return [
        .init(choice.best), .init(choice.accuracy),
        .init("\(choice.notToldApart.count) of \(choice.methods - 1)"),
        .init(choice.smallest),
        .init(NumberText.compact(choice.smallestTuned), value: Double(choice.smallestTuned)),
        .init(NumberText.percent(choice.smallestShare, decimals: 0), value: choice.smallestShare),
      ]
    }
    var table = TableData(
      name: "guide",
      caption:
        "The method of the highest mean accuracy, how many others are not told apart from it (Holm’s correction over all pairs), "
        + "and of all these the one that tunes the fewest parameters. Sure is the share, in percent, of joint draws of images and "
        + "seeds in which that one is best or within a point of the best. The lower the zero-shot accuracy, the farther the task "
        + "is from pre-training.",
      columns: [.init("Zero-shot", key: "zero_shot_target", hasInterval: true)]
        + columns("target", "On the target (α = 1)")
        + (hasShifts ? columns("shifts", "Under shift (selected α)") : []),
      rows: guide.map { advice in
        TableData.Row(
          advice.setting,
          cells: [.init(advice.zeroShot)] + cells(advice.target) + (hasShifts ? cells(advice.shifts) : []))
      })
    table.heading = "Task"
    return table
  }
}

/// The paragraph on methods of a paper, of what the document says and nothing else.
public struct MethodsParagraph: Sendable {
  private let document: ReportDocument
  private let facts: ExperimentFacts

  /// The paragraph of `document`; nil where it does not say how its numbers came about.
  public init?(_ document: ReportDocument) {
    guard let facts = document.facts else { return nil }
    self.document = document
    self.facts = facts
  }

  /// As plain text.
  public var text: String { sentences.joined(separator: " ") }

  /// As LaTeX, a sentence a line.
  public var latex: String { sentences.map(LaTeXText.escaped).joined(separator: "\n") + "\n" }

  private var sentences: [String] {
    [model, head, data, training, seeds, interpolation, evaluation, intervals, program].filter { !$0.isEmpty }
  }

  private func count(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(NumberText.grouped(number)) \(number == 1 ? noun : plural ?? noun + "s")"
  }

  private var model: String {
    "We start from \(facts.model) (SHA-256 of the weights \(facts.modelSHA256.prefix(12))…)."
  }

  private var head: String {
    "The classifier of \(count(facts.classes, "class", "classes")) is initialised from text embeddings of "
      + "\(count(facts.prompts, facts.promptKind)), normalised, averaged for each class and scaled by the model’s logit scale."
  }

  /// Of methods that were trained on other images than the first, each says its own.
  private var data: String {
    var kinds: [(images: ExperimentFacts.Training.Images, methods: [String])] = []
    for one in facts.training {
      guard let images = one.images else { return "" }
      if let place = kinds.firstIndex(where: { $0.images == images }) {
        kinds[place].methods.append(one.method)
      } else {
        kinds.append((images, [one.method]))
      }
    }
    guard !kinds.isEmpty else { return "" }
    let clauses = kinds.map { images, methods in
      (kinds.count == 1 ? "" : "\(list(methods)) ")
        + "on \(count(images.training, "image")) of \(images.data) and validate "
        + (kinds.count == 1 ? "" : methods.count == 1 ? "it " : "them ")
        + "on \(count(images.validation, "image"))"
        + (images.validationSplit.isEmpty ? "" : " (\(images.validationSplit))")
    }
    return "We fine-tune \(clauses.joined(separator: "; "))."
  }

  /// Settings that all methods share are said once.
  private var training: String {
    let all = facts.training
    guard let first = all.first else { return "" }
    func common<Value: Hashable>(_ value: (ExperimentFacts.Training) -> Value) -> Bool {
      Set(all.map(value)).count == 1
    }
    func settings(_ one: ExperimentFacts.Training, _ isSaid: (Bool) -> Bool) -> String {
      let parts: [(Bool, String)] = [
        (common(\.optimizer), one.optimizer),
        (common(\.learningRate), "learning rate \(one.learningRate)"),
        (common(\.weightDecay), "weight decay \(one.weightDecay)"),
        (common(\.batch), "batches of \(NumberText.grouped(one.batch))"),
        (common(\.epochs), count(one.epochs, "epoch")),
      ]
      return parts.filter { isSaid($0.0) }.map(\.1).joined(separator: ", ")
    }
    let shared = settings(first) { $0 }
    let own = zip(all, document.methods).map { one, method in
      let rest = [one.options, settings(one) { !$0 }, "\(count(method.tunedParameters, "tuned parameter"))"]
      return "\(one.method) (\(rest.filter { !$0.isEmpty }.joined(separator: ", ")))"
    }
    let heads = Set(document.methods.map(\.headParameters))
    let head =
      heads.count == 1 ? heads.first.map { " Each also trains the head, \(count($0, "parameter"))." } : nil
    return "We compare \(list(own))." + (shared.isEmpty ? "" : " All are trained with \(shared).")
      + (head ?? "")
  }

  /// Seeds that all methods have are said once.
  private var seeds: String {
    var kinds: [(seeds: [UInt64], methods: [String])] = []
    for method in document.methods {
      if let place = kinds.firstIndex(where: { $0.seeds == method.seeds }) {
        kinds[place].methods.append(method.name)
      } else {
        kinds.append((method.seeds, [method.name]))
      }
    }
    guard let most = kinds.map(\.seeds.count).max(), most > 0 else { return "" }
    func words(_ seeds: [UInt64]) -> String {
      let named = list(seeds.map(String.init))
      switch seeds.count {
      case 0: return "with a seed that is not known"
      case 1: return "with seed \(named)"
      default: return "with \(seeds.count) seeds" + (seeds.count > 8 ? "" : " (\(named))")
      }
    }
    let (subject, verb) =
      most == 1 ? ("Every method is trained once", "") : ("Results are means over seeds", " is trained")
    if kinds.count == 1 {
      return most == 1
        ? "\(subject), \(words(kinds[0].seeds))."
        : "Results are means over \(most) seeds\(most > 8 ? "" : " (\(list(kinds[0].seeds.map(String.init))))")."
    }
    let clauses = kinds.map { seeds, methods in
      list(methods) + (most == 1 ? "" : methods.count == 1 ? verb : " are trained") + " " + words(seeds)
    }
    return "\(subject): \(clauses.joined(separator: "; "))."
  }

  private var interpolation: String {
    let alphas = Set(document.methods.flatMap(\.curve).map(\.alpha)).sorted()
    guard alphas.count > 1, let low = alphas.first, let high = alphas.last else { return "" }
    let rules = document.methods.compactMap(\.selected).reduce(into: [AlphaChoice]()) { rules, choice in
      if !rules.contains(where: { $0.rule == choice.rule }) { rules.append(choice) }
    }
    let selected = rules.map { $0.words.isEmpty ? $0.rule : "\($0.rule) (\($0.words))" }
    let looksAtTest = document.datasets.first { $0.role == .target }?.isSelectionSet ?? false
    return
      "Pre-trained and fine-tuned weights, classifier included, are interpolated at \(alphas.count) values of α from "
      + "\(NumberText.alpha(low)) to \(NumberText.alpha(high))."
      + (selected.isEmpty
        ? ""
        : " α is selected by \(list(selected)) on validation images"
          + (looksAtTest ? ", which also stand for the target’s test images." : " of the target only."))
  }

  private var evaluation: String {
    let sets = document.datasets.map { "\($0.name) (\(count($0.n, "image")))" }
    let target = document.datasets.filter { $0.role == .target }.map {
      "\($0.name) (\(count($0.n, "image")))"
    }
    let shifts = document.datasets.filter { $0.role == .shift }.map { "\($0.name) (\(count($0.n, "image")))" }
    guard !sets.isEmpty else { return "" }
    let clauses = [
      target.isEmpty ? "" : "on the target, \(list(target))",
      shifts.isEmpty ? "" : "under shift on \(list(shifts))",
    ].filter { !$0.isEmpty }
    return
      "We report top-1 accuracy \(clauses.joined(separator: ", and ")); the average over shifts weighs them equally."
      + (document.marks().isEmpty
        ? ""
        : " These numbers, and what is made of them, are not of new images alone: "
          + document.marks().joined(separator: "; ") + ".")
  }

  private var intervals: String {
    document.methods.contains { $0.seeds.count > 1 }
      ? "Intervals are at 95% and hold the chance of the images and, by Student’s t, that of the seeds."
      : "Intervals are at 95% and hold the chance of the images."
  }

  private var program: String {
    "Models are trained in \(facts.trainingPrecision) and scored in \(facts.scoringPrecision) (\(facts.engine)) with "
      + "clipft \(facts.programVersion)."
  }

  private func list(_ items: [String]) -> String {
    guard items.count > 1, let last = items.last else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " and " + last
  }
}

import CLIPCore
import NN
import PEFT
import TensorCore

/// What is added to a batch's own cost: something that holds a model to a teacher, or to a property.
protocol ObjectiveTerm {
  /// A scalar. `start` and `teacher` are what the model said before fine-tuning, and what the teacher says.
  func cost(of forwarded: Forwarded, _ opinions: Opinions, step: Int) -> Variable
}

/// What others than the model say of a batch: each is asked when first wanted, and once.
final class Opinions {
  private let ask: (_ teacher: Teacher) -> Forwarded
  private let teacher: Teacher
  private let beginning: Teacher

  init(teacher: Teacher, ask: @escaping (_ teacher: Teacher) -> Forwarded) {
    self.teacher = teacher
    self.ask = ask
    beginning = Teacher(classifier: teacher.classifier, average: nil)
  }

  /// Of the teacher that the settings name.
  private(set) lazy var ofTeacher: Forwarded = teacher.average == nil ? ofStart : ask(teacher)
  /// Of the model as it was before fine-tuning.
  private(set) lazy var ofStart: Forwarded = ask(beginning)
}

/// An objective with its terms: all that a batch costs.
struct WholeObjective {
  let own: any Objective
  let terms: [any ObjectiveTerm]
  let teacher: Teacher

  var addsUp: Bool { own.addsUp }

  /// Mean cost of the images; a scalar.
  func loss(of batch: ObjectiveBatch, _ context: ForwardContext) -> Variable {
    let forwarded = own.forward(batch, context)
    let opinions = Opinions(teacher: teacher) { teacher in teacher.asked { own.forward(batch, $0) } }
    return terms.reduce(own.cost(of: forwarded, batch)) {
      $0 + $1.cost(of: forwarded, opinions, step: batch.step)
    }
  }
}

extension ObjectiveSettings {
  /// The objective that these settings name, with its terms. Throws where the classifier has not what one of them is about.
  func objective(
    _ classifier: ImageClassifier, teacher: Teacher, seed: UInt64, check: () throws -> Void
  ) throws -> WholeObjective {
    let own: any Objective =
      switch name {
      case .crossEntropy: ClassificationObjective(self, classifier: classifier)
      case .contrastive: try contrastive(classifier, seed: seed)
      }
    var terms: [any ObjectiveTerm] = []
    let ofEmbeddings = [
      ("distill_features", distillFeatures), ("random_text_energy", randomTextEnergy),
      ("context_divergence", contextDivergence),
    ]
    if !classifier.trainsEmbeddings, let first = ofEmbeddings.first(where: { $0.1 > 0 }) {
      throw TrainingError.badValue(
        keys: ["objective.\(first.0)", "method.name"],
        "is about embeddings of images, which the method leaves as they are; set it to 0")
    }
    if distillLogits > 0 {
      terms.append(LogitDistillation(strength: distillLogits, temperature: temperature))
    }
    if distillFeatures > 0 { terms.append(FeatureDistillation(strength: distillFeatures)) }
    if orthogonality > 0 { terms.append(try ProjectionOrthogonality(orthogonality, classifier)) }
    if projectionProduct > 0 {
      let texts = try texts(of: classifier, "objective.projection_product")
      terms.append(try ProjectionProduct(projectionProduct, classifier, texts))
    }
    if randomTextEnergy > 0 {
      let texts = try texts(of: classifier, "objective.random_text_energy")
      terms.append(try RandomTextEnergy(self, classifier, texts, seed: seed))
    }
    if contextDivergence > 0 {
      let texts = try texts(of: classifier, "objective.context_divergence")
      terms.append(try ContextDivergence(contextDivergence, texts, check: check))
    }
    return WholeObjective(own: own, terms: terms, teacher: teacher)
  }

  /// The head must be what the text tower makes of the prompts: class weights of its own would never train.
  private func contrastive(
    _ classifier: ImageClassifier, seed: UInt64
  ) throws(TrainingError) -> ContrastiveObjective {
    guard let texts = classifier.texts, classifier.adaptation?.headModule is TextHead else {
      throw .badValue(
        "objective.name", "is contrastive, which reads captions, and no text tower trains; give --towers both"
      )
    }
    return ContrastiveObjective(self, classifier: classifier, texts: texts, seed: seed)
  }

  private func texts(
    of classifier: ImageClassifier, _ key: String
  ) throws(TrainingError) -> ClassPrompts {
    guard let texts = classifier.texts else {
      throw .badValue(key, "reads texts, and the classifier has no text tower; leave it away")
    }
    return texts
  }
}

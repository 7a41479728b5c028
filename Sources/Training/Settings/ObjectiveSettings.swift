/// What a batch costs: cross entropy, and terms that hold a model to a teacher or to where it began.
public struct ObjectiveSettings: Codable, Sendable, Equatable {
  public var name: ObjectiveName
  /// Of `contrastive`: which captions of a batch are an image's.
  public var positives: Positives
  /// Share of every label that is spread over all classes.
  public var labelSmoothing: Float
  /// CLIPood's: how much of its class's text embedding is taken from an image's (Shu et al. 2023); 0 takes nothing.
  public var margin: Float
  /// L2-SP's strength: half of it times the squared distance of what trains to where it began (Li et al. 2018).
  public var l2Sp: Float
  /// What cross entropy to the teacher's probabilities is multiplied by (Hinton et al. 2015).
  public var distillLogits: Float
  /// What both logits are divided by there; the term grows by its square.
  public var temperature: Float
  /// What the mean squared distance to the teacher's embeddings is multiplied by.
  public var distillFeatures: Float
  /// Of `contrastive`: whether the factor on similarities trains.
  public var logitScale: LogitScale
  /// Of `contrastive`: what is added to the cosine of an image and the caption of another class (R-Adapter, Kim et al. 2024).
  public var negativeMargin: Float
  /// What ‖PᵀP − I‖, of the image tower's projection, is multiplied by (CaRot, Oh et al. 2024).
  public var orthogonality: Float
  /// What ‖P Qᵀ‖, of the towers' projections, is multiplied by (CaRot's code).
  public var projectionProduct: Float
  /// What half of the mean squared change of an image's similarities to random texts is multiplied by (Lipsum-FT, Nam et
  /// al. 2024).
  public var randomTextEnergy: Float
  /// How many random texts a step has, and of how many tokens.
  public var randomTexts: Int
  public var randomTextLength: Int
  /// What the divergence from the start's distribution over prompt templates is multiplied by (CAR-FT, Mao et al. 2022).
  public var contextDivergence: Float

  public init(
    name: ObjectiveName = .crossEntropy, positives: Positives = .own, labelSmoothing: Float = 0,
    margin: Float = 0, l2Sp: Float = 0,
    distillLogits: Float = 0, temperature: Float = 1, distillFeatures: Float = 0,
    logitScale: LogitScale = .frozen, negativeMargin: Float = 0, orthogonality: Float = 0,
    projectionProduct: Float = 0, randomTextEnergy: Float = 0, randomTexts: Int = 80,
    randomTextLength: Int = 8, contextDivergence: Float = 0
  ) {
    self.name = name
    self.positives = positives
    self.labelSmoothing = labelSmoothing
    self.margin = margin
    self.l2Sp = l2Sp
    self.distillLogits = distillLogits
    self.temperature = temperature
    self.distillFeatures = distillFeatures
    self.logitScale = logitScale
    self.negativeMargin = negativeMargin
    self.orthogonality = orthogonality
    self.projectionProduct = projectionProduct
    self.randomTextEnergy = randomTextEnergy
    self.randomTexts = randomTexts
    self.randomTextLength = randomTextLength
    self.contextDivergence = contextDivergence
  }

  public enum Positives: String, Codable, Sendable, CaseIterable {
    /// Its own caption only, as FLYP's code has it: the same class twice in a batch counts as two.
    case own
    /// All captions of its class, in equal parts.
    case sameClass = "class"
  }

  public enum LogitScale: String, Codable, Sendable, CaseIterable {
    /// It stays the pre-trained one.
    case frozen
    case trained
    /// It trains, and is never above 100, as in CLIP's pre-training.
    case clamped
  }

  /// Whether the teacher that the settings name is asked.
  public var needsTeacher: Bool { distillLogits > 0 || distillFeatures > 0 }

  /// Whether a text tower is read in training, whichever towers change.
  public var readsTexts: Bool {
    name == .contrastive || projectionProduct > 0 || randomTextEnergy > 0 || contextDivergence > 0
  }
}

/// The objectives, by name.
public enum ObjectiveName: String, Codable, Sendable, CaseIterable {
  case crossEntropy = "cross_entropy"
  /// Images against captions of their classes, as CLIP is pre-trained (FLYP, Goyal et al. 2023).
  case contrastive
}

/// Who a model is held to.
public struct TeacherSettings: Codable, Sendable, Equatable {
  public var name: TeacherName

  public init(name: TeacherName = .start) { self.name = name }
}

/// The teachers, by name.
public enum TeacherName: String, Codable, Sendable, CaseIterable {
  /// The model as it was before fine-tuning.
  case start
  /// The average of the weights so far, as `averaging` says.
  case average
}

/// How the numbers of a report came about, in fields, for the paragraph on methods of a paper. What is nil goes unsaid.
public struct ExperimentFacts: Codable, Sendable, Equatable {
  /// How one method was trained.
  public struct Training: Codable, Sendable, Equatable {
    public var method: String
    /// Its options, such as "rank 16, scale 1".
    public var options: String
    public var optimizer: String
    public var learningRate: Double
    public var weightDecay: Double
    public var epochs: Int
    public var batch: Int
    /// The recipe it followed; nil for none.
    public var recipe: String?
    /// What it was trained and selected on.
    public var images: Images?

    /// What a method was trained and selected on.
    public struct Images: Codable, Sendable, Equatable {
      public var data: String
      public var training: Int
      public var validation: Int
      /// How the validation images were chosen, in words.
      public var validationSplit: String

      /// `training` images of `data`, and `validation` images.
      public init(data: String, training: Int, validation: Int, validationSplit: String) {
        (self.data, self.training, self.validation) = (data, training, validation)
        self.validationSplit = validationSplit
      }

      private enum CodingKeys: String, CodingKey {
        case data, training, validation
        case validationSplit = "validation_split"
      }
    }

    /// The training of `method`.
    public init(
      method: String, options: String, optimizer: String, learningRate: Double, weightDecay: Double,
      epochs: Int, batch: Int, recipe: String? = nil, images: Images? = nil
    ) {
      self.method = method
      self.options = options
      self.optimizer = optimizer
      self.learningRate = learningRate
      self.weightDecay = weightDecay
      self.epochs = epochs
      self.batch = batch
      self.recipe = recipe
      self.images = images
    }

    private enum CodingKeys: String, CodingKey {
      case method, options, optimizer
      case learningRate = "learning_rate"
      case weightDecay = "weight_decay"
      case epochs, batch, recipe, images
    }
  }

  /// The pre-trained model, and the SHA-256 of its weights.
  public var model: String
  public var modelSHA256: String
  public var classes: Int
  /// The prompts of each class: templates, or prompts written for it.
  public var prompts: Int
  public var promptKind: String
  /// The precision of scores and of training, and what computed them.
  public var scoringPrecision: String
  public var trainingPrecision: String
  public var engine: String
  public var programVersion: String
  public var training: [Training]

  /// The facts of one report.
  public init(
    model: String, modelSHA256: String, classes: Int, prompts: Int, promptKind: String,
    scoringPrecision: String,
    trainingPrecision: String, engine: String, programVersion: String, training: [Training]
  ) {
    self.model = model
    self.modelSHA256 = modelSHA256
    self.classes = classes
    self.prompts = prompts
    self.promptKind = promptKind
    self.scoringPrecision = scoringPrecision
    self.trainingPrecision = trainingPrecision
    self.engine = engine
    self.programVersion = programVersion
    self.training = training
  }

  private enum CodingKeys: String, CodingKey {
    case model
    case modelSHA256 = "model_sha256"
    case classes, prompts
    case promptKind = "prompt_kind"
    case scoringPrecision = "scoring_precision"
    case trainingPrecision = "training_precision"
    case engine
    case programVersion = "program_version"
    case training
  }
}

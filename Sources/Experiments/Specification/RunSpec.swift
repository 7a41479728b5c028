import Datasets
import NN
import PEFT
import TensorCore
import Training

/// A whole run, as one value: what is trained, on what, and how. What a run is made from and nothing that it came to.
///
/// In files its keys are in snake case; `settings` lies at the top level.
public struct RunSpec: Codable, Sendable, Equatable {
  /// Name of the recipe that it began as; nil where there was none.
  @OrNull public var recipe: String?
  /// A model folder, a file of weights, or `world`.
  public var model: String
  /// Architecture of a file of weights that cannot say it.
  @OrNull public var arch: String?
  /// Folder of an adapter that is merged into the model first.
  @OrNull public var adapter: String?
  /// Side of the images that the model sees, in pixels; nil is the model's own.
  @OrNull public var imageSize: Int?
  public var data: TrainingDataRequest
  public var method: Method
  public var settings: FineTuningSettings
  /// Arithmetic of large products.
  public var precision: Precision

  /// How the model is changed.
  public struct Method: Codable, Sendable, Equatable {
    public var name: String
    /// Every one of its options.
    public var options: [String: OptionValue]
    public var towers: Towers

    public init(name: String, options: [String: OptionValue], towers: Towers = .vision) {
      self.name = name
      self.options = options
      self.towers = towers
    }
  }

  /// Which towers a method changes.
  public enum Towers: String, Codable, Sendable, CaseIterable {
    case vision, text, both

    public init(_ kinds: Set<TowerKind>) {
      self = kinds.count > 1 ? .both : kinds.contains(.text) ? .text : .vision
    }

    /// What a run's choices say of it.
    var choice: [String: OptionValue] { ["towers": .text(rawValue)] }

    public var kinds: Set<TowerKind> {
      switch self {
      case .vision: [.vision]
      case .text: [.text]
      case .both: [.vision, .text]
      }
    }
  }

  public init(
    recipe: String? = nil, model: String, arch: String? = nil, adapter: String? = nil, imageSize: Int? = nil,
    data: TrainingDataRequest, method: Method, settings: FineTuningSettings, precision: Precision
  ) {
    _recipe = OrNull(wrappedValue: recipe)
    self.model = model
    _arch = OrNull(wrappedValue: arch)
    _adapter = OrNull(wrappedValue: adapter)
    _imageSize = OrNull(wrappedValue: imageSize)
    self.data = data
    self.method = method
    self.settings = settings
    self.precision = precision
  }

  private enum CodingKeys: String, CodingKey {
    case recipe, model, arch, adapter, imageSize, data, method, precision
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    _recipe = try container.decode(OrNull<String>.self, forKey: .recipe)
    model = try container.decode(String.self, forKey: .model)
    _arch = try container.decode(OrNull<String>.self, forKey: .arch)
    _adapter = try container.decode(OrNull<String>.self, forKey: .adapter)
    _imageSize = try container.decode(OrNull<Int>.self, forKey: .imageSize)
    data = try container.decode(TrainingDataRequest.self, forKey: .data)
    method = try container.decode(Method.self, forKey: .method)
    precision = try container.decode(Precision.self, forKey: .precision)
    settings = try FineTuningSettings(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(_recipe, forKey: .recipe)
    try container.encode(model, forKey: .model)
    try container.encode(_arch, forKey: .arch)
    try container.encode(_adapter, forKey: .adapter)
    try container.encode(_imageSize, forKey: .imageSize)
    try container.encode(data, forKey: .data)
    try container.encode(method, forKey: .method)
    try container.encode(precision, forKey: .precision)
    try settings.encode(to: encoder)
  }

  /// The method with its options. Throws where there is none of that name, or an option is none of its.
  public func makeMethod() throws(MethodError) -> any FineTuningMethod {
    try MethodRegistry.method(named: method.name, recorded: method.options)
  }

  /// The specification as a tree with every key there is.
  public var tree: SpecValue {
    get throws { try SpecValue(encoding: self) }
  }
}

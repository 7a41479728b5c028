import NN
import TensorCore

/// A way to fine-tune: which parameters of the model train, and what is added to it.
///
/// Everything a method does to a model goes through the four hooks; each has a default that does nothing. The
/// classifier head (projection, class weights and bias) is trained by every method and counted apart.
public protocol FineTuningMethod: Sendable {
  /// Choices a user can make, each with a default.
  associatedtype Options: Codable & Sendable & Equatable

  /// Name on the command line and in run records.
  static var name: String { get }
  /// One sentence on what it trains.
  static var summary: String { get }
  /// Authors, title, venue.
  static var citation: String { get }
  static var defaultOptions: Options { get }
  /// Valid values of the numeric options.
  static var optionRanges: [OptionRange] { get }
  /// Whether the result folds into the plain model's weights.
  static var isMergeable: Bool { get }

  var options: Options { get }
  init(options: Options)

  /// Hook 1: whether the model's own parameter at `path` trains.
  func isTrainable(_ path: String) -> Bool
  /// Hook 2: a factored change to a linear layer.
  func update(of linear: Linear, scope: ParameterScope) -> (any LinearUpdate)?
  /// Hook 3: a module at a named site of the tower.
  func insertion(at site: Site, scope: ParameterScope) -> (any Insertion)?
  /// Hook 4: tokens put before those of an image at block `layer`.
  func prompts(layer: Int, of tower: any AdaptableTower, scope: ParameterScope) -> (any PromptTokens)?
}

/// The valid values of one option.
public struct OptionRange: Sendable {
  public let name: String
  public let range: ClosedRange<Double>
  public let help: String

  public init(_ name: String, _ range: ClosedRange<Double>, _ help: String) {
    self.name = name
    self.range = range
    self.help = help
  }
}

/// Options of a method that has none.
public struct NoOptions: Codable, Sendable, Equatable {
  public init() {}
}

extension FineTuningMethod {
  public static var optionRanges: [OptionRange] { [] }
  public static var isMergeable: Bool { true }

  public func isTrainable(_ path: String) -> Bool { false }
  public func update(of linear: Linear, scope: ParameterScope) -> (any LinearUpdate)? { nil }
  public func insertion(at site: Site, scope: ParameterScope) -> (any Insertion)? { nil }
  public func prompts(
    layer: Int, of tower: any AdaptableTower, scope: ParameterScope
  ) -> (any PromptTokens)? { nil }

  /// Applies the four hooks: marks what trains and adds the method's modules, whose parameters are built in `root`
  /// under the path of the layer or site they belong to.
  public func attach(to tower: any AdaptableTower, parameters: [Parameter], root: ParameterScope) {
    for parameter in parameters { parameter.isTrainable = isTrainable(parameter.path) }
    for linear in tower.linears {
      // The packed projection's layer is called `attn`; its own name keeps its modules apart from the branch's.
      linear.update = update(of: linear, scope: root[linear.path])
    }
    for site in tower.sites { site.insertion = insertion(at: site, scope: root[site.path]) }
    for layer in 0..<tower.depth {
      tower.prompts[layer] = prompts(layer: layer, of: tower, scope: root["visual.prompts.\(layer)"])
    }
  }
}

extension FineTuningMethod where Options == NoOptions {
  public static var defaultOptions: NoOptions { NoOptions() }
  public var options: NoOptions { NoOptions() }
}

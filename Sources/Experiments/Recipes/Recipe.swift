import Foundation
import PEFT
import TensorCore
import Training

/// A named beginning of a specification: a data file that says where it comes from and what came of it there.
public struct Recipe: Sendable {
  public let name: String
  /// One sentence.
  public let summary: String
  /// Paper and code that it follows.
  public let source: String
  /// The command it was run with there; nil where it is this program's own.
  public let command: String?
  /// What was published with it, and on what; nil where nothing was.
  public let published: String?
  /// Whether methods bring their own rate, epochs and options for the embedded world.
  public let takesMethodsWorldDefaults: Bool
  /// What it says of a specification.
  public let spec: SpecValue

  /// Every recipe, by name. Adding one is adding a file.
  public static let all: [Recipe] = EmbeddedRecipes.files.map { file in
    do {
      return try Recipe(SpecFile(text: file.text, path: file.name, keepsHeader: true))
    } catch {
      preconditionFailure("the program's own recipe \(file.name): \(error)")
    }
  }.sorted { $0.name < $1.name }

  /// Throws where there is none of that name.
  public static func named(_ name: String) throws(SpecError) -> Recipe {
    if let found = all.first(where: { $0.name == name }) { return found }
    let names = all.map(\.name)
    let hint = Spelling.nearest(to: name, in: names).map { ", did you mean \($0)" } ?? ""
    throw SpecError(
      place: "--recipe \(name)",
      problem: "there is no recipe of that name\(hint); there are \(names.joined(separator: ", "))",
      isUsage: true)
  }

  /// The recipe of a method where nobody asks for one: on the embedded world its own, else the method's for CLIP on
  /// photographs.
  static func standard(for method: String, onWorld: Bool) throws -> Recipe {
    guard !onWorld else { return try named(world) }
    return try named(type(of: MethodRegistry.method(named: method)).training.photographs)
  }

  /// Of the embedded world.
  public static let world = "world"

  /// The method that it is of; nil where it is of any.
  public var method: String? {
    guard case .text(let name)? = spec["method.name"] else { return nil }
    return name
  }

  var methodOptions: [String: String] { spec["method.options"]?.map?.mapValues(\.text) ?? [:] }

  private init(_ file: SpecFile) throws {
    struct Header: Decodable {
      let name: String
      let summary: String
      let source: String
      let command: String?
      let published: String?
      let methodDefaults: String?
    }
    let header = try file.tree.decoded(Header.self)
    name = header.name
    summary = header.summary
    source = header.source
    command = header.command
    published = header.published
    takesMethodsWorldDefaults = header.methodDefaults == Self.world
    spec = file.tree["spec"] ?? .map([:])
  }
}

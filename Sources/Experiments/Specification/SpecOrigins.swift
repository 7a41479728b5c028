import PEFT
import TensorCore
import Training

/// What is wrong with a specification, and where.
public struct SpecError: ClassifiedError, Equatable {
  /// File and line, or the flag.
  public let place: String
  public let problem: String
  /// Whether it was written on the command line.
  public let isUsage: Bool

  public init(place: String, problem: String, isUsage: Bool = false) {
    self.place = place
    self.problem = problem
    self.isUsage = isUsage
  }

  public var kind: FailureKind { isUsage ? .usage : .badData }
  public var description: String { "\(place): \(problem)" }
}

/// An error of what a specification names, and where it does.
struct LocatedError: ClassifiedError {
  /// File and line.
  let place: String
  let error: any ClassifiedError

  var kind: FailureKind { error.kind }
  var description: String { "\(place): \(error.description)" }
}

/// Where each key of a specification was said last.
public struct SpecOrigins: Sendable {
  public struct Origin: Sendable, Equatable {
    /// File and line, or the flag.
    public let place: String
    public let kind: Kind
  }

  public enum Kind: Sendable {
    case flag, file
    /// A recipe's file: what it says is nobody's wish in particular.
    case recipeFile
  }

  private var origins: [String: Origin] = [:]
  private var pathsOfFiles: Set<String> = []

  /// What a file said, and a flag said again.
  var varied: Set<String> { pathsOfFiles.filter { nearest(to: $0)?.kind == .flag } }

  /// Notes where a path was said, which takes the place of all that was said of its parts.
  mutating func note(_ path: String, _ place: String, _ kind: Kind) {
    // A file, which may be long, comes first.
    if kind == .flag {
      origins = origins.filter { !$0.key.hasPrefix(path + ".") }
    } else {
      pathsOfFiles.insert(path)
    }
    origins[path] = Origin(place: place, kind: kind)
  }

  /// Where a path was said itself.
  public subscript(_ path: String) -> Origin? { origins[path] }

  /// Where a path was said, or the nearest above it.
  public func nearest(to path: String) -> Origin? {
    var parts = path.split(separator: ".")
    while !parts.isEmpty {
      if let found = origins[parts.joined(separator: ".")] { return found }
      parts.removeLast()
    }
    return nil
  }

  /// Where a path was said, or the first of its parts.
  private func whereabouts(of path: String) -> Origin? { nearest(to: path) ?? within(path) }

  private func within(_ path: String) -> Origin? {
    origins.filter { $0.key.hasPrefix(path + ".") }.min { $0.key < $1.key }?.value
  }

  /// What is wrong with a key, where it was said; of one that is missing, where its neighbours were.
  func error(_ path: String, _ problem: String) -> SpecError {
    let parent = path.split(separator: ".").dropLast().joined(separator: ".")
    guard let origin = whereabouts(of: path) ?? (parent.isEmpty ? nil : within(parent)) else {
      return SpecError(place: "the specification", problem: problem)
    }
    return SpecError(place: origin.place, problem: problem, isUsage: origin.kind == .flag)
  }

  /// An error, and where the keys that it is about were said: what refuses a value knows its key only.
  public func located(_ error: any Error) -> any Error {
    switch error {
    case TrainingError.badValue(let keys, let problem):
      guard let key = keys.first, let said = keys.first(where: { whereabouts(of: $0) != nil }) else {
        return error
      }
      return self.error(said, "\(key) \(problem)")
    case let error as MethodError:
      // A flag's words are in the sentence itself.
      guard let key = error.key, let origin = nearest(to: key), origin.kind != .flag else { return error }
      return self.error(key, error.description.asClause)
    default: return error
    }
  }
}

extension MethodError {
  /// The key of the specification that it is about; nil where it is about several.
  fileprivate var key: String? {
    switch self {
    case .unknownMethod: "method.name"
    case .unknownOption(let option, _, _), .badOption(let option, _, _, _): "method.options.\(option)"
    default: nil
    }
  }
}

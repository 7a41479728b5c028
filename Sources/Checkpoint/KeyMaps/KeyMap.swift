import TensorCore

/// One way of naming, and laying out, the tensors of a CLIP checkpoint.
///
/// The canonical names are open_clip's. What a scheme does not know passes through under its own name:
/// whoever loads the result reports it as unexpected.
public protocol KeyMap: Sendable {
  /// How people call the scheme, such as `huggingface`.
  static var name: String { get }
  /// Whether a checkpoint with these names follows the scheme.
  static func matches(_ names: [String]) -> Bool
  /// The canonical tensor that one of this name is, or is a part of; nil for what is no parameter.
  static func canonicalName(of name: String) -> String?
  static func toCanonical(_ state: StateDict) throws(CheckpointError) -> StateDict
  static func fromCanonical(_ state: StateDict) throws(CheckpointError) -> StateDict
}

/// The known naming schemes.
public enum KeyMapRegistry {
  /// In the order in which they are tried.
  public static let all: [any KeyMap.Type] = [HuggingFaceKeyMap.self, OpenCLIPKeyMap.self]

  /// The scheme a checkpoint follows, or nil.
  public static func scheme(of names: [String]) -> (any KeyMap.Type)? {
    all.first { $0.matches(names) }
  }

  /// The checkpoint under canonical names, whatever known scheme it came in and whatever was put around its names.
  public static func canonical(_ wrapped: StateDict) throws(CheckpointError) -> StateDict {
    let state = try Wrappers.removed(from: wrapped)
    return try knownScheme(of: state.names).toCanonical(state)
  }

  /// The scheme a checkpoint follows. Throws where that is none.
  static func knownScheme(of names: [String]) throws(CheckpointError) -> any KeyMap.Type {
    guard let scheme = scheme(of: names) else {
      throw .unmappable(
        scheme: all.map { $0.name }.joined(separator: " or "), names: names,
        problem: "these tensors follow no known naming scheme")
    }
    return scheme
  }
}

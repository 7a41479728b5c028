import Foundation

/// Where data lie, whichever of their splits is named: two arguments with the same place are parts of the same data.
public struct DatasetPlace: Sendable, Hashable {
  private let key: String

  /// The place of what an argument names, paths relative to the working folder, links followed.
  ///
  /// A folder's place is the folder that holds its splits; a list's or a shard's is its path with the names of splits
  /// and all numbers taken out: `lists/train.txt` and `lists/test.txt` are parts of the same data.
  public init(_ specifier: DatasetSpecifier, catalog: DatasetCatalog) throws(DatasetError) {
    switch specifier.absolute {
    case .manifest(let name, _):
      let manifest = try catalog.manifest(named: name)
      guard let path = manifest.splits.values.compactMap(\.path).min(by: String.bytewise) else {
        key = "manifest " + name
        return
      }
      key = Self.key(manifest.storage?.isFolder ?? false, catalog.dataRoot.appendingPath(path))
    case .stored(let images):
      let data = images.layout.data
      key = Self.key(type(of: data).isFolder, data.path)
    }
  }

  private static func key(_ isFolder: Bool, _ path: String) -> String {
    let url = URL(fileURLWithPath: path)
    // What does not exist, such as a pattern, has a folder that does.
    let folder = (isFolder ? url : url.deletingLastPathComponent()).resolvingSymlinksInPath()
    var parts = folder.path.split(separator: "/").map(String.init)
    while let last = parts.last, DatasetSplit.isFolderName(last) { parts.removeLast() }
    guard !isFolder else { return "folder /" + parts.joined(separator: "/") }
    return "file /" + parts.joined(separator: "/") + "/" + withoutSplits(url.lastPathComponent)
  }

  /// `imagenet-train-{000..146}.tar` and `imagenet-val-{00..06}.tar` both become `imagenet-*-.tar`.
  private static func withoutSplits(_ name: String) -> String {
    var words: [String] = []
    var word = ""
    func end() {
      guard !word.isEmpty else { return }
      let isSplit = DatasetSplit.isFolderName(word)
      if !(isSplit && words.last == "*") { words.append(isSplit ? "*" : word) }
      word = ""
    }
    for character in name.lowercased() {
      if character.isLetter {
        word.append(character)
      } else {
        end()
        if !character.isNumber && !"{}.,".contains(character) { words.append(String(character)) }
        if character == "." && words.last != "." { words.append(".") }
      }
    }
    end()
    return words.joined()
  }
}

/// A dataset argument with the role that is given with it: `target=SPEC`, `shift=SPEC`, or `SPEC` alone.
public struct SetArgument: Sendable, Equatable {
  /// Nil where none is given, and the place of the data tells.
  public let role: DatasetRole?
  /// The argument without the role.
  public let text: String
  public let specifier: DatasetSpecifier

  public init(parsing argument: String) throws(DatasetError) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2, let role = DatasetRole(rawValue: String(parts[0])) {
      self.role = role
      text = String(parts[1])
    } else if parts.count == 2, !parts[0].isEmpty, parts[0].allSatisfy(\.isLetter) {
      throw .badSpecifier(text: argument, advice: "a role is target= or shift=, before the dataset")
    } else {
      role = nil
      text = argument
    }
    specifier = try DatasetSpecifier.parse(text)
  }

  /// The argument as it was written.
  public var written: String { (role.map { "\($0.rawValue)=" } ?? "") + text }

  /// The argument with paths that do not depend on the working folder.
  public var absoluteText: String { (role.map { "\($0.rawValue)=" } ?? "") + specifier.absolute.text }

  /// What the set is for: as given; else target, if it is part of the data at `own`, and shift if it is not.
  public func role(
    relativeTo own: Set<DatasetPlace>, catalog: DatasetCatalog
  ) throws(DatasetError) -> DatasetRole {
    if let role { return role }
    return own.contains(try DatasetPlace(specifier, catalog: catalog)) ? .target : .shift
  }

  /// What sets are for that are scored without a run: as given; else as a manifest says; else relative to the first
  /// of them that has neither.
  public static func roles(
    of arguments: [SetArgument], catalog: DatasetCatalog
  ) throws(DatasetError) -> [DatasetRole] {
    var own: Set<DatasetPlace> = []
    var roles: [DatasetRole] = []
    for argument in arguments {
      if argument.role == nil, case .manifest(let name, _) = argument.specifier {
        roles.append(try catalog.manifest(named: name).role)
        continue
      }
      if own.isEmpty, argument.role != .shift {
        own = [try DatasetPlace(argument.specifier, catalog: catalog)]
      }
      roles.append(try argument.role(relativeTo: own, catalog: catalog))
    }
    return roles
  }
}

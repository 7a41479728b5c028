import Checkpoint

/// Lists of numbers, and identifiers, that files of MATLAB hold.
enum MatlabFile {
  static func matches(_ path: String) -> Bool { path.lowercased().hasSuffix(".mat") }

  /// The whole numbers of a variable, or of the one variable that holds more than one.
  static func integers(_ path: String, variable: String?) throws(DatasetError) -> [Int] {
    let variables = try read(path)
    let lists = variables.compactMapValues { $0.integers.flatMap { $0.count > 1 ? $0 : nil } }
    let names = lists.keys.sorted(by: String.bytewise).joined(separator: ", ")
    if let variable {
      guard let list = variables[variable]?.integers else {
        throw .badArchive(
          file: path,
          problem: "it has no whole numbers called '\(variable)'; it has \(names.isEmpty ? "none" : names)")
      }
      return list
    }
    guard lists.count == 1, let list = lists.values.first else {
      throw .badArchive(
        file: path,
        problem: lists.isEmpty
          ? "it has no list of whole numbers" : "it has several lists, \(names); say variable=NAME")
    }
    return list
  }

  /// Numbers and identifiers of ILSVRC's classes, as `meta.mat` of its development kit has them.
  static func synsets(_ path: String) throws(DatasetError) -> [(number: String, identifier: String)] {
    for value in try read(path).values {
      guard case .structures(let synsets) = value else { continue }
      let pairs = synsets.compactMap { synset -> (String, String)? in
        guard let number = synset["ILSVRC2012_ID"]?.integers?.first, let identifier = synset["WNID"]?.text
        else {
          return nil
        }
        return (String(number), identifier)
      }
      if pairs.count == synsets.count, !pairs.isEmpty { return pairs }
    }
    throw .badArchive(file: path, problem: "it has no structures with ILSVRC2012_ID and WNID")
  }

  private static func read(_ path: String) throws(DatasetError) -> [String: MatValue] {
    do {
      return try MatFile(path).variables
    } catch {
      throw DatasetError(error)
    }
  }
}

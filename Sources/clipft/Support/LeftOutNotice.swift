import Datasets

extension Terminal {
  /// Says which files are there and not used, if there are any that somebody may miss.
  static func sayLeftOut(_ counts: [String: Int], of name: String) {
    let missed = LeftOutFiles.withoutSystemFiles(counts)
    if !missed.isEmpty { say("\(name): left out \(LeftOutFiles.words(missed))") }
  }
}

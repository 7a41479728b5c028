import Checkpoint

extension DatasetError {
  /// What keeps an archive from being read or decompressed.
  init(_ error: CheckpointError) {
    switch error {
    case .malformed(let file, let problem):
      self = .badArchive(file: file, problem: problem + "; fetch or write it again")
    case .unreadable(let file, let reason):
      self = .unreadable(
        path: file, reason: reason + "; check its permissions and that it is a regular file")
    case .cannotCreate(let file, let reason), .writeFailed(let file, let reason):
      self = .cannotWrite(path: file, reason: "an archive is decompressed there (\(reason))")
    case .notFound(let file):
      self = .notFound(what: "archive", path: file, advice: "check the path and the data root")
    case .changed(let file):
      self = .unreadable(
        path: file, reason: "it was changed while it was read; run again when whatever writes it is done")
    case .notFetched(let file):
      self = .unreadable(path: file, reason: "it is a pointer that git left; run `git lfs pull` there")
    case .notWeights, .badTensor, .missingTensor, .unmappable: self = .badRequest(error.description)
    }
  }
}

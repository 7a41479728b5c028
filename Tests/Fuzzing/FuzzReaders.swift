/// All readers of files from outside.
enum FuzzReaders {
  static func all() throws -> [FuzzReader] {
    try TensorReaders.all() + TokenizerReaders.all() + ModelReaders.all() + DatasetReaders.all()
      + ImageReaders.all() + EvaluationReaders.all()
  }
}

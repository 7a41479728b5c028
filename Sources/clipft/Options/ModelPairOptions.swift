import ArgumentParser

/// Two models between which a curve is traced.
struct ModelPairOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The model at alpha 0 of a curve between two models: whatever --model takes (default: none, and a run is traced).",
      valueName: "model"))
  var from: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "With --from: the model at alpha 1, of the same architecture (default: none).", valueName: "model"))
  var to: String?

  func validate() throws {
    guard (from == nil) == (to == nil) else {
      throw ValidationError(
        "A curve between two models leads --from one --to the other; name \(from == nil ? "--from" : "--to") as well."
      )
    }
  }

  /// Nil where a run is traced, or an adapter.
  var named: (from: String, to: String)? {
    guard let from, let to else { return nil }
    return (from, to)
  }
}

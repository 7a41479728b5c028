import ArgumentParser
import Experiments
import TensorCore
import Training

/// Where the images of a run lie now, if not where they lay when it was trained.
struct MovedDataOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Where the run's training data lie now (default: where they lay). Their content must be the same.",
      valueName: "data"))
  var trainingData: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Where its validation images lie now, if named apart (default: where they lay). Same content.",
      valueName: "data"))
  var validationData: String?

  func request(of record: RunRecord, dataRoot: String?) -> TrainingDataRequest {
    record.request.moved(dataset: trainingData, validation: validationData, dataRoot: dataRoot)
  }
}

/// Whether images may be scored that a run was trained or selected on.
struct OverlapOption: ParsableArguments {
  @Flag(
    name: .long,
    help:
      "Take images that a run was trained or selected on, too, and mark every number that they touch.")
  var allowOverlap = false
}

extension CommonOptions {
  /// Computes as a run was computed, unless --precision says otherwise.
  func adoptPrecision(of record: RunRecord, _ workspace: Workspace) {
    let own = record.machine.precision
    guard precision != nil else {
      if let configured = workspace.configuration.precision?.precision, configured != own {
        Terminal.say(
          "note: scored in \(own.rawValue), as the run was trained, not in clipft.yaml's \(configured.rawValue); --precision "
            + "says otherwise")
      }
      if own == .bf16, !processorHasNativeBF16 {
        Terminal.say(
          "note: the run was trained in bf16, which this processor emulates slowly; --precision fp32 scores it in fp32"
        )
      }
      return Compute.setPrecision(own)
    }
    if Compute.precision != own {
      Terminal.say(
        "note: scoring in \(Compute.precision.rawValue) what was trained in \(own.rawValue); scores of different "
          + "precisions are not compared")
    }
  }
}

/// Options that a command has and this use of it cannot obey.
enum UnusedOptions {
  /// Throws, naming the first that was given.
  static func refuse(_ options: [(name: String, isGiven: Bool)], because reason: String) throws {
    guard let first = options.first(where: \.isGiven) else { return }
    throw ValidationError("\(first.name) has no effect here: \(reason); leave it away.")
  }
}

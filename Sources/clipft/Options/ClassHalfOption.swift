import ArgumentParser
import Datasets
import Experiments

extension ClassHalf: ExpressibleByArgument {}

/// Which half of the classes is wanted alone.
struct ClassHalfOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Only 'base', the first half of the classes, or only 'new', the others, as CoOp divides them (default: all).",
      valueName: "half"))
  var subsampleClasses: ClassHalf?
}

/// The head that a run or a model is scored with.
enum RunHead: String, ExpressibleByArgument, CaseIterable {
  /// The one that was trained.
  case run
  /// One made from text, for other classes.
  case text
  /// The one that lies beside the weights of a model, as exports and merges write it.
  case trained
}

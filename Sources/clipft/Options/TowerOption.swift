import ArgumentParser
import NN

/// Which towers a method changes, as users write it.
enum TowerOption: String, ExpressibleByArgument, CaseIterable {
  case vision, text, both

  var kinds: Set<TowerKind> {
    switch self {
    case .vision: [.vision]
    case .text: [.text]
    case .both: [.vision, .text]
    }
  }
}

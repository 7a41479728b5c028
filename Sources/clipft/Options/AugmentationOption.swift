import ArgumentParser
import ImageCodec

/// Parts of augmentation, such as `crop=0.08-1,flip,rand=9,erase=0.25`, in place of the recipe's.
struct AugmentationOption: ExpressibleByArgument {
  static let help =
    "Augmentation in place of the recipe's: none, or parts separated by commas: crop=LOW-HIGH (share of the area kept; "
    + "alone: 0.08-1), ratio=LOW-HIGH (its shape; 0.75-1.3333), flip, rand=M or rand=M/STD (RandAugment as timm's "
    + "rand-mM-mstdSTD-inc1; 9/0.5), erase=P (timm's pixel mode; 0.25)."

  /// Nil is no augmentation.
  let value: TrainAugmentation?

  init?(argument: String) {
    guard argument != "none" else {
      value = nil
      return
    }
    // Without a crop, the square in the middle.
    var result = TrainAugmentation(scale: 1...1, ratio: 1...1)
    var shape: ClosedRange<Double>?
    var isCropped = false
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let pieces = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard let name = pieces.first else { return nil }
      let text = pieces.count > 1 ? pieces[1] : nil
      switch name {
      case "crop":
        guard let range = text.map({ Self.range($0) }) ?? 0.08...1 else { return nil }
        result.scale = range
        isCropped = true
      case "ratio":
        guard let range = text.flatMap(Self.range) else { return nil }
        shape = range
      case "flip" where text == nil: result.flip = true
      case "rand":
        let numbers = (text ?? "9").split(separator: "/").map { Double($0) }
        guard (1...2).contains(numbers.count), let magnitude = numbers[0], let deviation = numbers.last,
          let deviation
        else { return nil }
        result.randAugment = RandAugment(
          magnitude: magnitude, deviation: numbers.count == 2 ? deviation : 0.5)
      case "erase":
        guard let probability = Double(text ?? "0.25") else { return nil }
        result.erasing = RandomErasing(probability: probability)
      default: return nil
      }
    }
    if let shape { result.ratio = shape } else if isCropped { result.ratio = 3.0 / 4.0...4.0 / 3.0 }
    value = result
  }

  private static func range(_ text: String) -> ClosedRange<Double>? {
    let ends = text.split(separator: "-").map { Double($0) }
    guard ends.count == 2, let low = ends[0], let high = ends[1], low <= high else { return nil }
    return low...high
  }
}

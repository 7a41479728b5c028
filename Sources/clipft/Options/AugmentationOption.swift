import ArgumentParser
import ImageCodec
import Training

/// Parts of augmentation, such as `crop=0.08-1,flip,rand=9,erase=0.25`, in place of the recipe's.
struct AugmentationOption: ExpressibleByArgument {
  static let help =
    "Augmentation in place of the recipe's: none, or parts separated by commas: crop=LOW-HIGH (share of the area kept; "
    + "alone: 0.08-1), ratio=LOW-HIGH (its shape; 0.75-1.3333), flip, rand=M or rand=M/STD (RandAugment as timm's "
    + "rand-mM-mstdSTD-inc1; 9/0.5) or such a string itself, erase=P (timm's pixel mode; 0.25), vflip, "
    + "jitter=B/C/S/H (0.4/0.4/0.4/0.1), pad=N (pad and crop), mixup=A (0.8), cutmix=A (1), patches=P (left out of each image)."

  /// Nil is no augmentation.
  let value: AugmentationSettings?

  init?(argument: String) {
    guard argument != "none" else {
      value = nil
      return
    }
    // Without a crop, the square in the middle.
    var settings = AugmentationSettings()
    var result = settings.image
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
      case "vflip" where text == nil: result.verticalFlip = 0.5
      case "jitter":
        let numbers = (text ?? "0.4/0.4/0.4/0.1").split(separator: "/").map { Double($0) }
        guard numbers.count == 4, !numbers.contains(nil) else { return nil }
        let known = numbers.map { $0 ?? 0 }
        result.colorJitter = ColorJitter(
          brightness: known[0], contrast: known[1], saturation: known[2], hue: known[3])
      case "pad":
        guard let padding = text.flatMap(Int.init) else { return nil }
        result.paddedCrop = PaddedCrop(padding: padding)
      case "mixup":
        guard let alpha = Double(text ?? "0.8") else { return nil }
        settings.mixup = alpha
      case "cutmix":
        guard let alpha = Double(text ?? "1") else { return nil }
        settings.cutmix = alpha
      case "patches":
        guard let share = text.flatMap(Double.init) else { return nil }
        settings.patchDropout = share
      case _ where name.hasPrefix("rand-") && text == nil:
        guard let timm = try? RandAugment(timm: name) else { return nil }
        result.randAugment = timm
      case "erase":
        guard let probability = Double(text ?? "0.25") else { return nil }
        result.erasing = RandomErasing(probability: probability)
      default: return nil
      }
    }
    if let shape { result.ratio = shape } else if isCropped { result.ratio = 3.0 / 4.0...4.0 / 3.0 }
    settings.image = result
    value = settings
  }

  private static func range(_ text: String) -> ClosedRange<Double>? {
    let ends = text.split(separator: "-").map { Double($0) }
    guard ends.count == 2, let low = ends[0], let high = ends[1], low <= high else { return nil }
    return low...high
  }
}

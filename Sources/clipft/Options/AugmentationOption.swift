import ArgumentParser
import ImageCodec
import TensorCore
import Training

/// Parts of augmentation, such as `crop=0.08-1,flip,rand=9,erase=0.25`, in place of the recipe's.
struct AugmentationOption {
  static let help =
    "Augmentation in place of the recipe's: none, or parts separated by commas: crop=LOW-HIGH (share of the area kept; "
    + "alone: 0.08-1), ratio=LOW-HIGH (its shape; 0.75-1.3333), flip, rand=M or rand=M/STD (RandAugment as timm's "
    + "rand-mM-mstdSTD-inc1; 9/0.5) or such a string itself, erase=P (timm's pixel mode; 0.25), vflip, "
    + "jitter=B/C/S/H (0.4/0.4/0.4/0.1), pad=N (pad and crop), mixup=A (0.8), cutmix=A (1), patches=P (left out of each image)."

  /// How each part is written.
  private static let forms: KeyValuePairs = [
    "crop": "crop=0.08-1", "ratio": "ratio=0.75-1.3333", "flip": "flip", "vflip": "vflip",
    "rand": "rand=9/0.5", "erase": "erase=0.25", "jitter": "jitter=0.4/0.4/0.4/0.1", "pad": "pad=4",
    "mixup": "mixup=0.8", "cutmix": "cutmix=1", "patches": "patches=0.5",
  ]

  /// Nil is no augmentation.
  private(set) var value: AugmentationSettings?

  /// Throws where a part is none, or says nothing that it can mean.
  init(_ argument: String) throws {
    guard argument != "none" else { return }
    // Without a crop, the square in the middle.
    var settings = AugmentationSettings()
    var shape: ClosedRange<Double>?
    var isCropped = false
    var seen: Set<String> = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      let pieces = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let (name, text) = (pieces[0], pieces.count > 1 ? pieces[1] : nil)
      let known = name.hasPrefix("rand-") ? "rand" : name
      guard seen.insert(known).inserted else {
        throw ValidationError("--augment has \(known) twice; give it once.")
      }
      var numbers: [Double]? { Self.numbers(text, "/") }
      switch (name, text) {
      case ("crop", nil):
        (settings.image.scale, isCropped) = (0.08...1, true)
      case ("crop", let text?):
        (settings.image.scale, isCropped) = (try Self.range(text, part), true)
      case ("ratio", let text?): shape = try Self.range(text, part)
      case ("flip", nil): settings.image.flip = true
      case ("vflip", nil): settings.image.verticalFlip = 0.5
      case ("rand", nil): settings.image.randAugment = RandAugment(magnitude: 9, deviation: 0.5)
      case ("rand", _):
        guard let numbers, (1...2).contains(numbers.count) else { throw Self.refusal(part) }
        settings.image.randAugment = RandAugment(
          magnitude: numbers[0], deviation: numbers.count == 2 ? numbers[1] : 0.5)
      case (_, nil) where name.hasPrefix("rand-"):
        settings.image.randAugment = try RandAugment(timm: name)
      case ("jitter", _):
        guard let four = text == nil ? [0.4, 0.4, 0.4, 0.1] : numbers, four.count == 4 else {
          throw Self.refusal(part)
        }
        settings.image.colorJitter = ColorJitter(
          brightness: four[0], contrast: four[1], saturation: four[2], hue: four[3])
      case ("pad", let text?):
        guard let padding = Int(text) else { throw Self.refusal(part) }
        settings.image.paddedCrop = PaddedCrop(padding: padding)
      case ("mixup", _): settings.mixup = try Self.number(text ?? "0.8", part)
      case ("cutmix", _): settings.cutmix = try Self.number(text ?? "1", part)
      case ("patches", let text?): settings.patchDropout = try Self.number(text, part)
      case ("erase", _):
        settings.image.erasing = RandomErasing(probability: try Self.number(text ?? "0.25", part))
      default: throw Self.refusal(part)
      }
    }
    if let shape {
      settings.image.ratio = shape
    } else if isCropped {
      settings.image.ratio = 3.0 / 4.0...4.0 / 3.0
    }
    value = settings
  }

  private static func refusal(_ part: String) -> ValidationError {
    let name = String(part.prefix { $0 != "=" })
    if let form = forms.first(where: { $0.key == name })?.value {
      return ValidationError("--augment has '\(part)'; write it as in \(form).")
    }
    let hint = Spelling.nearest(to: name, in: forms.map(\.key)).map { ", did you mean \($0)" } ?? ""
    return ValidationError(
      "--augment has no part '\(part)'\(hint); give none, or some of \(forms.map(\.value).joined(separator: ", "))."
    )
  }

  private static func numbers(_ text: String?, _ separator: Character) -> [Double]? {
    let numbers = (text ?? "").split(separator: separator, omittingEmptySubsequences: false)
      .map { Double($0).flatMap { $0.isFinite ? $0 : nil } }
    return numbers.contains(nil) ? nil : numbers.compactMap { $0 }
  }

  private static func number(_ text: String, _ part: String) throws -> Double {
    guard let number = numbers(text, "/")?.first, !text.contains("/") else { throw refusal(part) }
    return number
  }

  private static func range(_ text: String, _ part: String) throws -> ClosedRange<Double> {
    guard let ends = numbers(text, "-"), ends.count == 2, ends[0] <= ends[1] else { throw refusal(part) }
    return ends[0]...ends[1]
  }
}

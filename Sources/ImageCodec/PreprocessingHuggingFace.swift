import Foundation

/// Hugging Face's `preprocessor_config.json`, as CLIP's and its relatives' image processors write it.
extension Preprocessing {
  /// Reads a `preprocessor_config.json`; `name` is used in errors. Absent keys have the defaults of
  /// `CLIPImageProcessor`.
  public init(huggingFace json: Data, name: String) throws(ImageError) {
    func problem(_ reason: String) -> ImageError { .invalidPreprocessing(name: name, reason: reason) }
    let config: ImageProcessorFile
    do {
      config = try JSONDecoder().decode(ImageProcessorFile.self, from: json)
    } catch {
      throw problem("not a preprocessor_config.json: \(Self.explanation(of: error))")
    }
    guard config.resizes ?? true else {
      throw problem("do_resize is false, but this program always resizes")
    }
    guard config.rescales ?? true, abs((config.rescaleFactor ?? 1.0 / 255) * 255 - 1) < 1e-4 else {
      throw problem("values are not divided by 255, which is not supported")
    }
    let interpolation: Interpolation
    switch config.resample ?? 3 {
    case 2: interpolation = .bilinear
    case 3: interpolation = .bicubic
    case let other: throw problem("resample is \(other), but only 2 (bilinear) and 3 (bicubic) are supported")
    }
    let (size, mode) = try Self.geometry(of: config, problem)
    let normalized = config.normalizes ?? true
    let standard = Preprocessing.clip(size: size)
    self.init(
      size: size, resizeMode: mode, interpolation: interpolation,
      mean: normalized ? config.mean ?? standard.mean : [0, 0, 0],
      std: normalized ? config.std ?? standard.std : [1, 1, 1])
    if let reason = self.problem { throw problem(reason) }
  }

  private static func geometry(
    of config: ImageProcessorFile, _ problem: (String) -> ImageError
  ) throws(ImageError) -> (size: Int, mode: ResizeMode) {
    let resized = config.size ?? .shortest(224)
    let size: Int
    let mode: ResizeMode
    switch resized {
    case .shortest(let side): (size, mode) = (side, .shortest)
    case .longest(let side): (size, mode) = (side, .longest)
    case .box(let width, let height):
      guard width == height else { throw problem("images of \(width) × \(height) pixels are not square") }
      (size, mode) = (width, .squash)
    }
    let isCropped = config.cropsCentre ?? (mode == .shortest || config.cropSize != nil)
    switch isCropped ? config.cropSize ?? .shortest(224) : nil {
    case nil where mode == .shortest:
      throw problem("do_center_crop is false: images would not be square")
    case nil: break
    case .shortest(size), .box(size, size): break
    default:
      throw problem("crop_size differs from the size that images are scaled to, which is not supported")
    }
    return (size, mode)
  }

  /// The `preprocessor_config.json` that describes this; reading it gives an equal value.
  public func huggingFaceJSON() -> Data {
    var config = ImageProcessorFile()
    config.processorType = "CLIPImageProcessor"
    config.convertsToRGB = true
    config.resizes = true
    config.size =
      switch resizeMode {
      case .shortest: .shortest(size)
      case .squash: .box(width: size, height: size)
      case .longest: .longest(size)
      }
    config.resample = interpolation == .bicubic ? 3 : 2
    config.cropsCentre = resizeMode == .shortest
    config.cropSize = .box(width: size, height: size)
    config.rescales = true
    config.rescaleFactor = 1.0 / 255
    config.normalizes = true
    config.mean = mean
    config.std = std
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    // Numbers, strings and booleans: nothing the encoder could refuse once the values are valid.
    return (try? encoder.encode(config)) ?? Data()
  }

  private static func explanation(of error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
      .dataCorrupted(let context):
      let key = context.codingPath.map(\.stringValue).joined(separator: ".")
      return key.isEmpty ? context.debugDescription : "\(key): \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }
}

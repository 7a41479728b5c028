import Foundation

/// Hugging Face's `preprocessor_config.json`, as CLIP's and its relatives' image processors write it, and
/// `processor_config.json`, in which newer versions of transformers nest the same.
extension Preprocessing {
  /// The image processor's part of a `processor_config.json`; nil if it has none, as those of older versions do not.
  ///
  /// Where there is one, transformers reads no `preprocessor_config.json`.
  public init?(huggingFaceProcessor json: Data, name: String) throws(ImageError) {
    let root: ProcessorFile
    do {
      root = try JSONDecoder().decode(ProcessorFile.self, from: json)
    } catch {
      throw .invalidPreprocessing(
        name: name,
        reason:
          "not a processor_config.json: \(Self.explanation(of: error)); put back the model's own file, or correct it"
      )
    }
    if let key = root.unknown.first {
      throw .invalidPreprocessing(
        name: name, reason: "the key \(key) is not known, so what it changes is not either")
    }
    guard let config = root.imageProcessor else { return nil }
    try self.init(config, name: name, prefix: "image_processor.")
  }

  private struct ProcessorFile: Decodable {
    let imageProcessor: ImageProcessorFile?
    let unknown: [String]

    private static let harmless: Set<String> = [
      "processor_class", "tokenizer", "chat_template", "transformers_version", "_commit_hash",
    ]

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: ImageProcessorFile.AnyKey.self)
      let own = ImageProcessorFile.AnyKey(stringValue: "image_processor")
      imageProcessor = try values.decodeIfPresent(ImageProcessorFile.self, forKey: own)
      unknown = try values.allKeys.filter {
        try $0.stringValue != own.stringValue && !Self.harmless.contains($0.stringValue)
          && !values.decodeNil(forKey: $0)
      }.map(\.stringValue).sorted()
    }
  }

  /// Reads a `preprocessor_config.json`; `name` is used in errors. Absent keys have the defaults of
  /// `CLIPImageProcessor`.
  public init(huggingFace json: Data, name: String) throws(ImageError) {
    func problem(_ reason: String) -> ImageError { .invalidPreprocessing(name: name, reason: reason) }
    let config: ImageProcessorFile
    do {
      config = try JSONDecoder().decode(ImageProcessorFile.self, from: json)
    } catch {
      throw problem(
        "not a preprocessor_config.json: \(Self.explanation(of: error)); put back the model's own file, or correct it"
      )
    }
    try self.init(config, name: name, prefix: "")
  }

  /// The classes whose defaults this program has.
  private static let processors: Set<String> = [
    "CLIPImageProcessor", "CLIPImageProcessorFast", "CLIPImageProcessorPil", "CLIPFeatureExtractor",
  ]
  /// What any other class must say itself.
  private static let deciding = ["size", "resample", "image_mean", "image_std"]

  private init(_ config: ImageProcessorFile, name: String, prefix: String) throws(ImageError) {
    func problem(_ reason: String) -> ImageError { .invalidPreprocessing(name: name, reason: reason) }
    if let key = config.unknown.first {
      throw problem("the key \(prefix)\(key) is not known, so what it changes is not either")
    }
    if let type = config.processorType, !Self.processors.contains(type),
      let missing = Self.deciding.first(where: { !config.present.contains($0) })
    {
      throw problem(
        "\(prefix)image_processor_type is \(type), whose default for the missing \(missing) is not known")
    }
    if let type = config.processorType, !Self.processors.contains(type) {
      guard !config.sizeIsNumber || config.defaultsToSquare != nil else {
        throw problem("\(prefix)size is one number, and what \(type) makes of it is not known")
      }
      if case .shortest? = config.size, config.cropsCentre == nil {
        throw problem("\(prefix)do_center_crop is missing, and its default in \(type) is not known")
      }
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
    var resized = config.size ?? .shortest(224)
    if config.defaultsToSquare == true, case .shortest(let side) = resized {
      guard config.sizeIsNumber else { throw problem("default_to_square is true, but size names one edge") }
      resized = .box(width: side, height: side)
    }
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
      // Foundation's own words are sentences.
      let words =
        context.debugDescription.hasSuffix(".")
        ? String(context.debugDescription.dropLast()) : context.debugDescription
      return key.isEmpty ? words : "\(key): \(words)"
    @unknown default: return "\(error)"
    }
  }
}

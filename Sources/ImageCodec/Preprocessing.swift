import CImageCodecs

/// How a model sees an image: resized, cropped at the centre, and normalised, as torchvision and open_clip do
/// it.
public struct Preprocessing: Sendable, Codable, Equatable {
  /// What becomes of an image that is not square.
  public enum ResizeMode: String, Codable, Sendable {
    /// The shortest side is scaled to `size`, and what sticks out is cropped.
    case shortest
    /// Both sides are scaled to `size`.
    case squash
    /// The longest side is scaled to `size`, and the rest is filled with black.
    case longest
  }

  /// The resampling filter.
  public enum Interpolation: String, Codable, Sendable {
    case bicubic, bilinear
  }

  /// Largest image a model can ask for.
  public static let largestSize = 8192

  /// Width and height of what the model sees, in pixels.
  public var size: Int
  public var resizeMode: ResizeMode
  public var interpolation: Interpolation
  /// Per channel, of values in 0...1.
  public var mean: [Float]
  public var std: [Float]

  /// `size` is 1...`largestSize`; `mean` and `std` have three values, those of `std` not 0.
  public init(size: Int, resizeMode: ResizeMode, interpolation: Interpolation, mean: [Float], std: [Float]) {
    self.size = size
    self.resizeMode = resizeMode
    self.interpolation = interpolation
    self.mean = mean
    self.std = std
  }

  /// OpenAI's preprocessing: shortest side, bicubic, its mean and standard deviation.
  public static func clip(size: Int) -> Preprocessing {
    Preprocessing(
      size: size, resizeMode: .shortest, interpolation: .bicubic,
      mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711])
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      size: try container.decode(Int.self, forKey: .size),
      resizeMode: try container.decode(ResizeMode.self, forKey: .resizeMode),
      interpolation: try container.decode(Interpolation.self, forKey: .interpolation),
      mean: try container.decode([Float].self, forKey: .mean),
      std: try container.decode([Float].self, forKey: .std))
    if let problem {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: problem))
    }
  }

  /// What is wrong with the values, if anything is.
  package var problem: String? {
    if !(1...Self.largestSize).contains(size) {
      return "the image size is \(size), not 1 to \(Self.largestSize)"
    }
    if mean.count != 3 || !mean.allSatisfy(\.isFinite) { return "the mean is not three numbers" }
    if std.count != 3 || !std.allSatisfy({ $0.isFinite && $0 > 0 }) {
      return "the standard deviation is not three positive numbers"
    }
    return nil
  }

  /// What the model sees of an image, before normalisation: `size` × `size` pixels.
  public func pixels(of image: PixelImage) -> PixelImage {
    let target = targetSize(width: image.width, height: image.height)
    let window = centre(of: target)
    let everything = PixelBox(left: 0, top: 0, width: image.width, height: image.height)
    return padded(resize(everything, of: image, to: target, keeping: window, interpolation))
  }

  /// Writes [3, height, width]: (value / 255 − mean) / std, in single precision as torch computes it.
  public func normalize(_ image: PixelImage, into out: UnsafeMutablePointer<Float>) {
    precondition(problem == nil)
    var table: [Float] = []
    for channel in 0..<3 {
      for value in 0..<256 {
        table.append((Float(value) / 255 - mean[channel]) / std[channel])
      }
    }
    ic_map_to_planes(image.pixels, image.width * image.height, table, out)
  }
}

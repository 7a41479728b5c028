/// The contents of a `preprocessor_config.json`; what is absent in the file is nil.
struct ImageProcessorFile: Codable {
  var processorType: String?
  var convertsToRGB, resizes, cropsCentre, rescales, normalizes: Bool?
  var size, cropSize: Extent?
  var resample: Int?
  var rescaleFactor: Double?
  var mean, std: [Float]?

  enum CodingKeys: String, CodingKey {
    case processorType = "image_processor_type"
    case convertsToRGB = "do_convert_rgb"
    case resizes = "do_resize"
    case cropsCentre = "do_center_crop"
    case rescales = "do_rescale"
    case normalizes = "do_normalize"
    case size, resample
    case cropSize = "crop_size"
    case rescaleFactor = "rescale_factor"
    case mean = "image_mean"
    case std = "image_std"
  }

  /// A number in old files, else one of three dictionaries.
  enum Extent: Codable {
    case shortest(Int)
    case longest(Int)
    case box(width: Int, height: Int)

    private enum CodingKeys: String, CodingKey {
      case shortest = "shortest_edge"
      case longest = "longest_edge"
      case width, height
    }

    init(from decoder: any Decoder) throws {
      if let side = try? decoder.singleValueContainer().decode(Int.self) {
        self = .shortest(side)
        return
      }
      let container = try decoder.container(keyedBy: CodingKeys.self)
      if let side = try container.decodeIfPresent(Int.self, forKey: .shortest) {
        self = .shortest(side)
      } else if let side = try container.decodeIfPresent(Int.self, forKey: .longest) {
        self = .longest(side)
      } else {
        self = .box(
          width: try container.decode(Int.self, forKey: .width),
          height: try container.decode(Int.self, forKey: .height))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      switch self {
      case .shortest(let side): try container.encode(side, forKey: .shortest)
      case .longest(let side): try container.encode(side, forKey: .longest)
      case .box(let width, let height):
        try container.encode(width, forKey: .width)
        try container.encode(height, forKey: .height)
      }
    }
  }
}

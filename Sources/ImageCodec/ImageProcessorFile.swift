/// The contents of a `preprocessor_config.json`, or of the part of a `processor_config.json` about images; what is absent
/// in the file is nil.
struct ImageProcessorFile: Codable {
  var processorType: String?
  var convertsToRGB, resizes, cropsCentre, rescales, normalizes: Bool?
  var size, cropSize: Extent?
  var resample: Int?
  var rescaleFactor: Double?
  var mean, std: [Float]?
  /// Whether `size`, where it is one number, means both sides.
  var defaultsToSquare: Bool?
  private(set) var sizeIsNumber = false
  /// What is there besides, and not known to be harmless.
  private(set) var unknown: [String] = []
  /// The known keys that are there.
  private(set) var present: Set<String> = []

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
    case defaultsToSquare = "default_to_square"
  }

  /// Keys that change no pixel: names of classes, and what concerns only the form in which pixels are handed over.
  private static let harmless: Set<String> = [
    "feature_extractor_type", "processor_class", "_processor_class", "_valid_processor_keys",
    "return_tensors",
    "data_format", "input_data_format", "device", "disable_grouping", "_commit_hash", "name_or_path",
    "transformers_version", "image_seq_length", "backend",
  ]

  struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init() {}

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    processorType = try values.decodeIfPresent(String.self, forKey: .processorType)
    convertsToRGB = try values.decodeIfPresent(Bool.self, forKey: .convertsToRGB)
    resizes = try values.decodeIfPresent(Bool.self, forKey: .resizes)
    cropsCentre = try values.decodeIfPresent(Bool.self, forKey: .cropsCentre)
    rescales = try values.decodeIfPresent(Bool.self, forKey: .rescales)
    normalizes = try values.decodeIfPresent(Bool.self, forKey: .normalizes)
    size = try values.decodeIfPresent(Extent.self, forKey: .size)
    cropSize = try values.decodeIfPresent(Extent.self, forKey: .cropSize)
    resample = try values.decodeIfPresent(Int.self, forKey: .resample)
    rescaleFactor = try values.decodeIfPresent(Double.self, forKey: .rescaleFactor)
    mean = try values.decodeIfPresent([Float].self, forKey: .mean)
    std = try values.decodeIfPresent([Float].self, forKey: .std)
    sizeIsNumber = (try? values.decode(Int.self, forKey: .size)) != nil
    defaultsToSquare = try values.decodeIfPresent(Bool.self, forKey: .defaultsToSquare)
    present = Set(values.allKeys.map(\.stringValue))
    let all = try decoder.container(keyedBy: AnyKey.self)
    for key in all.allKeys where CodingKeys(rawValue: key.stringValue) == nil {
      guard !Self.harmless.contains(key.stringValue), try !all.decodeNil(forKey: key) else { continue }
      // Off is what this program does: it pads nothing, and has no other steps.
      if let isOn = try? all.decode(Bool.self, forKey: key), !isOn { continue }
      unknown.append(key.stringValue)
    }
    unknown.sort()
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
      let all = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
      if all.contains(CodingKeys.shortest.stringValue), all.count > 1 {
        throw DecodingError.dataCorrupted(
          .init(
            codingPath: decoder.codingPath,
            debugDescription: "\(all.sorted().joined(separator: ", ")) can not all be obeyed"))
      }
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

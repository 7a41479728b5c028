import CImageCodecs
import TensorCore

/// Why an image, or a description of preprocessing, cannot be used.
public enum ImageError: ClassifiedError, Equatable {
  case notFound(name: String)
  case unreadable(name: String, reason: String)
  case unrecognized(name: String)
  case corrupt(name: String, reason: String)
  case truncated(name: String, reason: String)
  case tooLarge(name: String, reason: String)
  case unsupported(name: String, reason: String)
  case invalidPreprocessing(name: String, reason: String)
  case cannotEncode(reason: String)
  case outOfMemory(name: String)

  public var kind: FailureKind {
    switch self {
    case .notFound: .inputNotFound
    case .unreadable: .ioFailure
    case .unrecognized, .corrupt, .truncated, .tooLarge, .unsupported, .invalidPreprocessing: .badData
    case .cannotEncode, .outOfMemory: .internalError
    }
  }

  public var description: String { sentence.asErrorLine }

  private var sentence: String {
    switch self {
    case .notFound(let name): "\(name): there is no such image; check the path."
    case .unreadable(let name, let reason):
      "\(name): cannot be read (\(reason)); check the disk and its permissions."
    case .unrecognized(let name):
      "\(name): not an image this program reads; give it \(ImageDecoder.formatList)."
    case .corrupt(let name, let reason): "\(name): \(reason); replace the file with an intact copy."
    case .truncated(let name, let reason): "\(name): \(reason); fetch the file again, it is incomplete."
    case .tooLarge(let name, let reason): "\(name): \(reason), more than is allowed; scale it down first."
    case .unsupported(let name, let reason): "\(name): \(reason); convert it to a PNG of 8-bit RGB first."
    case .invalidPreprocessing(let name, let reason): "\(name): \(reason)."
    case .cannotEncode(let reason): "the image cannot be encoded: \(reason)."
    case .outOfMemory(let name): "\(name): there is not enough memory to decode it."
    }
  }

  init(_ error: ic_error, name: String) {
    let reason = withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    self =
      switch error.status {
      case IC_UNRECOGNIZED: .unrecognized(name: name)
      case IC_TRUNCATED: .truncated(name: name, reason: reason)
      case IC_TOO_LARGE: .tooLarge(name: name, reason: reason)
      case IC_UNSUPPORTED: .unsupported(name: name, reason: reason)
      case IC_OUT_OF_MEMORY: .outOfMemory(name: name)
      default: .corrupt(name: name, reason: reason)
      }
  }
}

import Foundation

/// Writes tar archives, well-formed or not as a test wants them.
public struct TarWriter {
  public private(set) var bytes = Data()

  public init() {}

  /// Adds a member; `declaredSize` is what its header states, which may be untrue.
  public mutating func add(
    _ name: String, _ contents: Data, kind: Character = "0", declaredSize: Int? = nil, prefix: String = ""
  ) {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      for (i, byte) in text.utf8.enumerated() { header[offset + i] = byte }
    }
    func octal(_ number: Int, width: Int) -> String {
      let digits = String(number, radix: 8)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    put(String(name.prefix(100)), at: 0)
    put("0000644", at: 100)
    put(octal(declaredSize ?? contents.count, width: 11), at: 124)
    put(octal(0, width: 11), at: 136)
    put("        ", at: 148)
    put(String(kind), at: 156)
    put("ustar\u{0}00", at: 257)
    put(prefix, at: 345)
    put(octal(header.reduce(0) { $0 + Int($1) }, width: 6) + "\u{0} ", at: 148)
    bytes += Data(header) + contents
    bytes += Data(count: (512 - contents.count % 512) % 512)
  }

  public mutating func add(_ name: String, _ text: String, kind: Character = "0") {
    add(name, Data(text.utf8), kind: kind)
  }

  /// The archive with its end mark.
  public var finished: Data { bytes + Data(count: 1024) }
}

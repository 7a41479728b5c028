import Foundation

/// Writes `.npy` files of version 1.
public enum NpyFiles {
  public static func of(_ elements: String, shape: [Int], _ bytes: Data, fortranOrder: Bool = false) -> Data {
    let extents = shape.map { "\($0)," }.joined(separator: " ")
    let header =
      "{'descr': '\(elements)', 'fortran_order': \(fortranOrder ? "True" : "False"), 'shape': (\(extents)), }\n"
    let length = header.utf8.count
    return Data([0x93] + "NUMPY".utf8 + [1, 0, UInt8(length & 255), UInt8(length >> 8)]) + Data(header.utf8)
      + bytes
  }

  /// Whole numbers of 64 bits.
  public static func of(_ numbers: [Int]) -> Data {
    of(
      "<i8", shape: [numbers.count],
      numbers.reduce(into: Data()) { data, number in
        withUnsafeBytes(of: Int64(number).littleEndian) { data.append(contentsOf: $0) }
      })
  }
}

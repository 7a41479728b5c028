import CZlib
import Foundation
import SampleFiles

/// Changes below the outermost layer of a format, whose lengths and checksums are then set right.
enum Damage {
  /// The header of a safetensors file, whose length is then right.
  static func safetensorsHeader(_ bytes: inout [UInt8], _ others: [[UInt8]], _ mutator: inout Mutator) {
    guard bytes.count > 8 else { return mutator.mutate(&bytes, others: others) }
    let length = bytes[..<8].reversed().reduce(0) { ($0 & 0xFFFF_FFFF) << 8 | Int($1) }
    guard length <= bytes.count - 8 else { return mutator.mutate(&bytes, others: others) }
    var header = Array(bytes[8..<8 + length])
    mutator.mutate(&header)
    let start = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    bytes = start + header + bytes[(8 + length)...]
  }

  /// A member of a zip archive of plain headers; the archive is made anew around it.
  static func zipMember(_ bytes: inout [UInt8], _ others: [[UInt8]], _ mutator: inout Mutator) {
    var members = zipMembers(bytes)
    guard !members.isEmpty else { return mutator.mutate(&bytes, others: others) }
    // The first holds the pickle, or an array.
    let chosen = mutator.random.chance(0.6) ? 0 : mutator.random.int(below: members.count)
    mutator.mutate(&members[chosen].contents, others: members.map(\.contents))
    var zip = ZipWriter()
    let deflated = mutator.random.chance(0.4)
    for (name, contents) in members where !mutator.random.chance(0.02) {
      zip.add(name, Data(contents), deflated: deflated)
    }
    bytes = [UInt8](zip.finished)
    if mutator.random.chance(0.1) { mutator.mutate(&bytes, others: others) }
  }

  /// Stored members with their sizes in their own headers; what follows another kind is left out.
  private static func zipMembers(_ bytes: [UInt8]) -> [(name: String, contents: [UInt8])] {
    func number(_ position: Int, _ width: Int) -> Int {
      bytes[position..<position + width].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    var members: [(name: String, contents: [UInt8])] = []
    var position = 0
    while position + 30 <= bytes.count, number(position, 4) == 0x0403_4B50, number(position + 8, 2) == 0 {
      let (size, name, extra) = (number(position + 18, 4), number(position + 26, 2), number(position + 28, 2))
      let start = position + 30 + name + extra
      guard start + size <= bytes.count else { break }
      members.append(
        (
          String(decoding: bytes[position + 30..<position + 30 + name], as: UTF8.self),
          Array(bytes[start..<start + size])
        ))
      position = start + size
    }
    return members
  }

  /// Any bytes of tar archives; the checksums of most headers are then right.
  static func tar(_ bytes: inout [UInt8], _ others: [[UInt8]], _ mutator: inout Mutator) {
    mutator.mutate(&bytes, others: others)
    guard mutator.random.chance(0.8) else { return }
    for start in stride(from: 0, to: bytes.count - 511, by: 512)
    where bytes[start + 257..<start + 262].elementsEqual("ustar".utf8) {
      bytes.replaceSubrange(start + 148..<start + 156, with: repeatElement(UInt8(ascii: " "), count: 8))
      let sum = String(bytes[start..<start + 512].reduce(0) { $0 + Int($1) }, radix: 8)
      let field = String(repeating: "0", count: max(0, 6 - sum.count)) + sum + "\u{0} "
      bytes.replaceSubrange(start + 148..<start + 156, with: field.utf8.prefix(8))
    }
  }

  /// Any bytes of a PNG; the checksums of its chunks are then right, as far as their lengths make sense.
  static func png(_ bytes: inout [UInt8], _ others: [[UInt8]], _ mutator: inout Mutator) {
    mutator.mutate(&bytes, others: others)
    guard mutator.random.chance(0.8) else { return }
    var position = 8
    while position + 12 <= bytes.count {
      let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - position - 12 else { return }
      let end = position + 8 + length
      let sum = bytes.withUnsafeBufferPointer { buffer in
        crc32(0, buffer.baseAddress.map { $0 + position + 4 }, UInt32(length + 4))
      }
      bytes.replaceSubrange(
        end..<end + 4, with: (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * UInt($0))) })
      position = end + 4
    }
  }
}

import Foundation
import Report
import Testing

@Suite("TensorBoard event files")
final class EventWriterTests {
  private let parent = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

  deinit { try? FileManager.default.removeItem(at: parent) }

  @Test("are summed with CRC-32C")
  func checksum() {
    #expect(CRC32C.of("123456789".utf8).value == 0xE306_9283)
    #expect(CRC32C.of([UInt8](repeating: 0, count: 32)).value == 0x8A91_36AA)
    #expect(CRC32C.of([UInt8](repeating: 0xFF, count: 32)).value == 0x62A8_AB43)
    #expect(CRC32C.of(UInt8(0)..<32).value == 0x46DD_794E)
    #expect(CRC32C.of((UInt8(0)..<32).reversed()).value == 0x113F_DB5C)
    #expect(CRC32C.of([UInt8]()).value == 0)
    var parts = CRC32C()
    parts.update("1234".utf8)
    parts.update("56789".utf8)
    #expect(parts.value == 0xE306_9283)
  }

  @Test("begin with the version and hold scalars, byte for byte as TensorFlow writes them")
  func bytes() throws {
    let folder = temporaryFolder()
    let writer = try EventWriter(folder: folder, startTime: start)
    try writer.add(scalar: 0.5, tag: "loss", step: 300, time: start.addingTimeInterval(2))
    try writer.close()
    #expect(writer.file.lastPathComponent == "events.out.tfevents.1800000000.clipft")
    let records = try records(of: writer.file)
    // wall_time (1), then file_version (3).
    #expect(records[0] == [0x09] + bytes(of: 1_800_000_000.0) + [0x1A, 13] + Array("brain.Event:2".utf8))
    // wall_time (1), step (2) as a varint, summary (5) { value (1) { tag (1), simple_value (2) } }.
    let value: [UInt8] = [0x0A, 4] + Array("loss".utf8) + [0x15, 0, 0, 0, 0x3F]
    let summary: [UInt8] = [0x0A, UInt8(value.count)] + value
    #expect(
      records[1]
        == [0x09] + bytes(of: 1_800_000_002.0) + [0x10, 0xAC, 0x02, 0x2A, UInt8(summary.count)] + summary)
    #expect(records.count == 2)
  }

  @Test("are continued after what an interrupted process left whole")
  func resume() throws {
    let folder = temporaryFolder()
    let first = try EventWriter(folder: folder, startTime: start)
    for step in 0..<10 { try first.add(scalar: 1, tag: "loss", step: step, time: start) }
    try first.close()
    let whole = try Data(contentsOf: first.file)
    // A kill may stop the last record anywhere.
    for cut in [1, 3, 5, 17, 30] {
      try whole.dropLast(cut).write(to: first.file)
      let second = try EventWriter(folder: folder, startTime: start.addingTimeInterval(60), resumingAtStep: 8)
      try second.add(scalar: 2, tag: "loss", step: 8, time: start)
      try second.close()
      #expect(second.file == first.file)
      let records = try records(of: second.file)
      #expect(records.count == 12, "cut by \(cut)")
      // step (2), then session_log (7) { status (1) = START }.
      #expect(records[10].suffix(6) == [0x10, 8, 0x3A, 2, 0x08, 1])
    }
  }

  @Test("are not continued where they are damaged, nor lost")
  func damaged() throws {
    let folder = temporaryFolder()
    let first = try EventWriter(folder: folder, startTime: start)
    try first.add(scalar: 1, tag: "loss", step: 1, time: start)
    try first.close()
    var damaged = try Data(contentsOf: first.file)
    damaged[20] ^= 1
    try damaged.write(to: first.file)
    let second = try EventWriter(folder: folder, startTime: start)
    try second.close()
    #expect(second.file.lastPathComponent > first.file.lastPathComponent)
    #expect(try Data(contentsOf: first.file) == damaged)
    #expect(try records(of: second.file).count == 1)
  }

  @Test("can hold any number and any tag")
  func extremes() throws {
    let writer = try EventWriter(folder: temporaryFolder(), startTime: Date(timeIntervalSince1970: .nan))
    try writer.add(scalar: .nan, tag: "", step: .min, time: Date(timeIntervalSince1970: .infinity))
    try writer.add(scalar: 1e300, tag: String(repeating: "ä", count: 200), step: .max, time: start)
    try writer.close()
    #expect(try records(of: writer.file).count == 3)
  }

  @Test("cannot be made where a file is in the way")
  func cannotCreate() throws {
    let file = temporaryFolder()
    try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    try Data("x".utf8).write(to: file)
    #expect(throws: ReportError.self) { try EventWriter(folder: file, startTime: start) }
  }

  private let start = Date(timeIntervalSince1970: 1_800_000_000)

  private func temporaryFolder() -> URL {
    parent.appendingPathComponent(UUID().uuidString)
  }

  private func bytes(of number: Double) -> [UInt8] {
    withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) }
  }

  /// The data of all records, whose lengths and checksums are checked.
  private func records(of file: URL) throws -> [[UInt8]] {
    var rest = ArraySlice([UInt8](try Data(contentsOf: file)))
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    var records: [[UInt8]] = []
    while !rest.isEmpty {
      try #require(rest.count >= 16)
      let head = rest.prefix(8)
      let length = Int(number(head))
      try #require(number(rest.dropFirst(8).prefix(4)) == UInt64(CRC32C.of(head).masked))
      try #require(rest.count >= length + 16)
      let data = rest.dropFirst(12).prefix(length)
      try #require(number(rest.dropFirst(12 + length).prefix(4)) == UInt64(CRC32C.of(data).masked))
      records.append(Array(data))
      rest = rest.dropFirst(16 + length)
    }
    return records
  }
}

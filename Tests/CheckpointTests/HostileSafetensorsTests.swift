import Checkpoint
import Foundation
import TensorCore
import TestSupport
import Testing

/// A damaged or malicious file is refused with an error of class `badData`; it never crashes or reads out of
/// bounds.
@Suite struct HostileSafetensorsTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func file(header: String, data: Int = 0, name: String = "x") throws -> URL {
    let text = Array(header.utf8)
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
    return try folder.write(length + text + [UInt8](repeating: 0, count: data), to: name)
  }

  private func entry(_ type: String, _ shape: String, _ begin: String, _ end: String) -> String {
    #"{"dtype":"\#(type)","shape":\#(shape),"data_offsets":[\#(begin),\#(end)]}"#
  }

  private func expectRefused(
    _ url: URL, mentioning words: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: CheckpointError.self, sourceLocation: sourceLocation) {
      try SafetensorsFile(url: url)
    }
    #expect(error?.kind == .badData, sourceLocation: sourceLocation)
    for word in words {
      #expect(
        error?.description.contains(word) == true, "\(error?.description ?? "")",
        sourceLocation: sourceLocation)
    }
  }

  @Test func theHeaderLengthIsBounded() throws {
    expectRefused(try folder.write([UInt8](), to: "empty"), mentioning: "empty")
    expectRefused(try folder.write([1, 2, 3], to: "x"), mentioning: "3 bytes")
    let largest = [UInt8](repeating: 0xFF, count: 8)
    expectRefused(try folder.write(largest + [0x7B], to: "x"), mentioning: "18446744073709551615")
    let negative: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0x80]
    expectRefused(try folder.write(negative + [0x7B], to: "x"))
    let overLimit = withUnsafeBytes(of: UInt64(100_000_001).littleEndian) { Array($0) }
    expectRefused(try folder.write(overLimit + [0x7B], to: "x"), mentioning: "100 MB")
    expectRefused(
      try folder.write([9, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8), to: "x"), mentioning: "9 bytes")
  }

  @Test(
    arguments: [
      "", " {}", "[]", "null", "{", "}", "{}x", "{}{}", #"{"a"}"#, #"{"a":}"#, #"{"a":1}"#, #"{a:1}"#,
      #"{"a":{}}"#,
      #"{"a":{},}"#, #"{"__metadata__":{"a":1}}"#, #"{"__metadata__":{"a":null}}"#, #"{"__metadata__":[]}"#,
      #"{"__metadata__":{"a":"1","a":"2"}}"#, #"{"__metadata__":{},"__metadata__":{}}"#,
      #"{"__metadata__":{"a":"\x"}}"#, #"{"__metadata__":{"a":"\u12"}}"#, #"{"__metadata__":{"a":"\ud800"}}"#,
      #"{"__metadata__":{"a":"\udc00"}}"#, #"{"__metadata__":{"a":"\ud800\u0041"}}"#,
      #"{"__metadata__":{"a":"\"#,
      "{\"__metadata__\":{\"a\":\"\n\"}}", #"{"__metadata__":{"a":"b"#, #"{"__metadata__":{"a":"\u+123"}}"#,
    ])
  func theHeaderIsStrictJSON(header: String) throws {
    expectRefused(try file(header: header))
  }

  @Test func deepNestingIsNoWayIn() throws {
    let deep = String(repeating: "[", count: 1_000_000)
    expectRefused(try file(header: #"{"a":\#(deep)"#))
    expectRefused(try file(header: #"{"a":{"dtype":"F32","shape":\#(deep)"#))
    expectRefused(try file(header: String(repeating: #"{"a":"#, count: 100_000)))
    let manyExtents = "[" + [String](repeating: "1", count: 100_000).joined(separator: ",") + "]"
    expectRefused(try file(header: #"{"a":\#(entry("U8", manyExtents, "0", "1"))}"#, data: 1))
  }

  @Test func namesMustBeUTF8() throws {
    let header: [UInt8] =
      Array("{\"".utf8) + [0xC3, 0x28] + Array("\":\(entry("U8", "[0]", "0", "0"))}".utf8)
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    expectRefused(try folder.write(length + header, to: "x"), mentioning: "UTF-8")
  }

  @Test(
    arguments: [
      ("F33", "[1]", "0", "4"), ("f32", "[1]", "0", "4"), ("F32", "[2]", "0", "4"), ("F32", "[1]", "0", "8"),
      ("F32", "[1]", "4", "0"), ("F32", "[-1]", "0", "4"), ("F32", "[1.0]", "0", "4"),
      ("F32", "[1e0]", "0", "4"),
      ("F32", "[01]", "0", "4"), ("F32", "1", "0", "4"), ("F32", "[1", "0", "4"), ("F32", "[1]", "-4", "0"),
      ("F32", "[4611686018427387904]", "0", "0"), ("F32", "[4294967296,4294967296]", "0", "0"),
      ("F32", "[9223372036854775807,0]", "0", "0"),
      ("F32", "[0,9223372036854775807,9223372036854775807]", "0", "0"),
      ("F32", "[99999999999999999999]", "0", "4"),
      ("F32", "[1]", "9223372036854775804", "9223372036854775808"),
      ("U8", "[9223372036854775807]", "0", "9223372036854775807"),
      ("U8", "[1]", "9223372036854775806", "9223372036854775807"),
      ("F32", "[1]", "0,4", "8"), ("F32", "[1]", "4", "8"), ("F32", "[2]", "0", "8"), ("U8", "[3]", "0", "3"),
    ])
  func aTensorMustFitItsData(type: String, shape: String, begin: String, end: String) throws {
    expectRefused(try file(header: #"{"a":\#(entry(type, shape, begin, end))}"#, data: 4))
  }

  @Test func fieldsAreAllThereAndThereOnce() throws {
    for fields in [
      #""dtype":"U8","shape":[1]"#, #""dtype":"U8","data_offsets":[0,1]"#,
      #""shape":[1],"data_offsets":[0,1]"#,
      #""dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]"#,
      #""dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]"#,
      #""dtype":"U8","shape":[1],"data_offsets":[0,1],"more":1"#,
      #""dtype":"U8","shape":[1],"data_offsets":[0]"#,
    ] {
      expectRefused(try file(header: "{\"a\":{\(fields)}}", data: 1))
    }
  }

  @Test func tensorsNeitherOverlapNorLeaveHolesNorRepeat() throws {
    let first = #""a":\#(entry("U8", "[4]", "0", "4"))"#
    expectRefused(try file(header: "{\(first),\(first)}", data: 4), mentioning: "'a' twice")
    expectRefused(
      try file(header: #"{\#(first),"b":\#(entry("U8", "[4]", "2", "6"))}"#, data: 6), mentioning: "overlap")
    expectRefused(
      try file(header: #"{\#(first),"b":\#(entry("U8", "[4]", "0", "4"))}"#, data: 4), mentioning: "overlap")
    expectRefused(
      try file(header: #"{\#(first),"b":\#(entry("U8", "[1]", "5", "6"))}"#, data: 6), mentioning: "hole")
    expectRefused(try file(header: "{\(first)}", data: 5), mentioning: "1 bytes after")
    expectRefused(try file(header: "{\(first)}", data: 3), mentioning: "beyond the end")
    expectRefused(try file(header: #"{\#(first),"b":\#(entry("U8", "[0]", "9", "9"))}"#, data: 4))
  }

  @Test func unusualButValidFilesAreRead() throws {
    let escaped = #"{ "\u0061\ud83c\udf88\/\\" :\#n \#(entry("F32", "[ 1 , 1 ]", " 0", "4 "))  }   "#
    #expect(try SafetensorsFile(url: file(header: escaped, data: 4)).names == ["a🎈/\\"])
    #expect(try SafetensorsFile(url: file(header: "{}")).names == [])
    // Data that are not aligned are copied.
    let odd = #"{"b":\#(entry("U8", "[1]", "0", "1")),"a":\#(entry("F32", "[2]", "1", "9"))}"#
    #expect(try SafetensorsFile(url: file(header: odd, data: 9)).tensor("a").array == [0, 0])
    let out = #"{"b":\#(entry("U8", "[1]", "8", "9")),"a":\#(entry("F32", "[2]", "0", "8"))}"#
    #expect(try SafetensorsFile(url: file(header: out, data: 9)).names == ["b", "a"])
  }

  @Test func whatIsNoFileIsRefused() throws {
    let missing = #expect(throws: CheckpointError.self) { try SafetensorsFile(url: folder.file("missing")) }
    #expect(missing?.kind == .inputNotFound)
    let directory = #expect(throws: CheckpointError.self) { try SafetensorsFile(url: folder.url) }
    #expect(directory?.kind == .inputNotFound)
    mkfifo(folder.file("pipe").path, 0o600)
    #expect(throws: CheckpointError.self) { try SafetensorsFile(url: folder.file("pipe")) }
    #expect(throws: CheckpointError.self) { try SafetensorsFile(url: URL(fileURLWithPath: "/dev/zero")) }
  }

  @Test func aFileCutShortAnywhereIsRefused() throws {
    let bytes = try sample()
    for length in 0..<bytes.count {
      let url = try folder.write(bytes[..<length], to: "x")
      #expect(throws: CheckpointError.self, "\(length) bytes") { try SafetensorsFile(url: url) }
    }
  }

  @Test func changedBytesAreRefusedOrReadWithinBounds() throws {
    let bytes = try sample()
    let headerEnd = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
    var random = SeededRandom(20)
    for _ in 0..<3_000 {
      var changed = bytes
      for _ in 0...random.int(below: 3) {
        changed[random.int(below: headerEnd)] =
          random.chance(0.5)
          ? UInt8(random.int(below: 256)) : Array("0123456789[]{},:\"".utf8)[random.int(below: 17)]
      }
      let url = try folder.write(changed, to: "x")
      guard let file = try? SafetensorsFile(url: url) else { continue }
      for name in file.names {
        guard let tensor = try? file.tensor(name) else { continue }
        #expect(tensor.byteCount <= 4 * changed.count)
        _ = tensor.bytes.reduce(0) { $0 ^ $1 }
        _ = try? file.floatTensor(name)
      }
    }
  }

  private func sample() throws -> [UInt8] {
    let state = StateDict(
      [("weight", Tensor([1.0, 2, 3, 4], shape: [2, 2])), ("ids", Tensor([Int32(5), 6], shape: [2]))],
      metadata: ["format": "pt"])
    try SafetensorsFile.write(state, to: folder.file("sample"))
    return try Array(Data(contentsOf: folder.file("sample")))
  }
}

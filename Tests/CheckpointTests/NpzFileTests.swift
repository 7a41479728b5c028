import Checkpoint
import Foundation
import SampleFiles
import TensorCore
import TestSupport
import Testing

/// Arrays are what NumPy says they are (fixtures made by make_npz.py), and files are never trusted.
@Suite("NumPy archives")
struct NpzFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func fixture(_ name: String) throws -> Data {
    try Data(contentsOf: Fixture.url("numpy/\(name)", bundle: .module))
  }

  private func open(_ data: Data) throws -> any TensorFile {
    try TensorFormats.open(folder.write(data, to: "a.npz"))
  }

  /// An archive of one array with a header as given, padded as NumPy pads.
  private func array(
    _ header: String, _ data: Data = Data(count: 16), version: UInt8 = 1, declaredLength: Int? = nil
  ) -> Data {
    let length = UInt16(truncatingIfNeeded: declaredLength ?? header.utf8.count)
    let start = Data([0x93] + "NUMPY".utf8 + [version, 0, UInt8(length & 255), UInt8(length >> 8)])
    return start + Data(header.utf8) + data
  }

  private func archive(_ array: Data, deflated: Bool = false) -> Data {
    var zip = ZipWriter()
    zip.add("x.npy", array, deflated: deflated)
    return zip.finished
  }

  private func expectRefused(
    _ data: Data, mentioning words: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: CheckpointError.self, sourceLocation: sourceLocation) {
      try open(data).stateDict()
    }
    #expect(error?.kind == .badData, sourceLocation: sourceLocation)
    for word in words {
      #expect(
        error?.description.contains(word) == true, "\(error?.description ?? "")",
        sourceLocation: sourceLocation)
    }
  }

  @Test("Arrays of every type and order are read as NumPy means them", arguments: ["plain", "compressed"])
  func values(name: String) throws {
    let expected = try Fixture.load("numpy/expected.safetensors", bundle: .module)
    let file = try TensorFormats.open(Fixture.url("numpy/\(name).npz", bundle: .module))
    #expect(file is NpzFile)
    #expect(Set(file.names) == Set(expected.names) && file.names.first == "f32")
    for (name, tensor) in expected {
      let read = try file.tensor(name)
      #expect(read.shape == tensor.shape && read.dtype == tensor.dtype, "\(name)")
      #expect(read.bytes.elementsEqual(tensor.bytes), "\(name)")
    }
    #expect(file.storedType(of: "bf16") == .bf16 && file.storedType(of: "i64") == .i64)
    let error = #expect(throws: CheckpointError.self) { try file.tensor("nonesuch") }
    #expect(error?.description.contains("'nonesuch'") == true)
  }

  @Test("Later versions of the header are read", arguments: [2, 3])
  func versions(version: Int) throws {
    let expected = try Fixture.load("numpy/expected.safetensors", bundle: .module)["f32"]
    #expect(try open(archive(fixture("version\(version).npy"))).tensor("x").array == expected?.array)
  }

  @Test("Python objects are never loaded; text and big-endian numbers are named, the rest is read")
  func otherTypes() throws {
    expectRefused(try fixture("objects.npz"), mentioning: "'objects'", "Python objects")
    let file = try open(fixture("other.npz"))
    #expect(try file.tensor("numbers").count == 24)
    #expect(file.storedType(of: "words") == nil && file.shape(of: "words") == [2])
    for name in ["words", "big"] {
      let error = #expect(throws: CheckpointError.self) { try file.tensor(name) }
      #expect(error?.description.contains("'\(name)'") == true)
    }
  }

  @Test(
    "The header is a closed literal",
    arguments: [
      "", "{", "{}", "[]", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': (4)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': [4]}",
      "{'descr': '<f4', 'fortran_order': 0, 'shape': (4,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)} x",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'more': 1}",
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (4,)}",
      "{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (4,)}",
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-4,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 99999999999999999999)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (5,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4611686018427387904, 4611686018427387904)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (\(String(repeating: "1, ", count: 65)))}",
    ])
  func header(text: String) throws {
    for deflated in [false, true] {
      expectRefused(archive(array(text), deflated: deflated), mentioning: "'x'")
    }
  }

  @Test("Headers that are cut off, too long or of another version are refused")
  func headerLengths() throws {
    let good = "{\"shape\": ( 2,2 ), 'fortran_order': True, 'descr': '<f4', }  \n"
    #expect(try open(archive(array(good))).tensor("x").shape == [2, 2])
    for length in [0, 10, 100, 65535] { expectRefused(archive(array(good, declaredLength: length))) }
    expectRefused(archive(array(good, version: 4)), mentioning: "version 4")
    expectRefused(archive(array(good + String(repeating: " ", count: 20_000))), mentioning: "declares")
    expectRefused(archive(Data([0x93])), mentioning: "cut off")
    expectRefused(archive(Data("hello, this is no array".utf8)), mentioning: "does not begin")
  }

  @Test("What an archive declares must be so: sizes, checksums, methods, places")
  func archives() throws {
    let good = array("{'descr': '<f4', 'fortran_order': False, 'shape': (4,)}")
    func refuse(_ mention: String, _ change: (inout ZipWriter) -> Void) {
      var zip = ZipWriter()
      change(&zip)
      expectRefused(zip.finished, mentioning: mention)
    }
    refuse("damaged or of another length") { $0.add("x.npy", good, deflated: true, checksum: 7) }
    refuse("does not fit") { $0.add("x.npy", good, deflated: true, declaredSize: good.count + 4) }
    refuse("does not fit") { $0.add("x.npy", good, deflated: true, declaredSize: 3) }
    refuse("more than it can hold") { $0.add("x.npy", good, deflated: true, declaredSize: 1 << 30) }
    refuse("declares") { $0.add("x.npy", good, declaredSize: 3) }
    refuse("method 14") { $0.add("x.npy", good, method: 14) }
    refuse("'x'") { $0.add("x.npy", good, method: 8) }
    refuse("'x.npy' twice") {
      $0.add("x.npy", good)
      $0.add("x.npy", good)
    }
    refuse("overlap") {
      $0.add("x.npy", good)
      $0.add("y.npy", good, offset: 0)
    }
  }

  @Test(
    "Files cut off or damaged anywhere are refused or read, never trusted",
    arguments: ["plain", "compressed"])
  func damage(name: String) throws {
    let whole = try fixture("\(name).npz")
    func survive(_ data: Data) throws {
      do { _ = try open(data).stateDict() } catch let error as CheckpointError {
        #expect(error.kind == .badData)
      }
    }
    for length in stride(from: 1, to: whole.count, by: 37) { try survive(whole.prefix(length)) }
    var random = SeededRandom(23)
    for _ in 0..<400 {
      var damaged = whole
      for _ in 0...random.int(below: 4) {
        damaged[random.int(below: damaged.count)] = UInt8(random.int(below: 256))
      }
      try survive(damaged)
    }
  }
}

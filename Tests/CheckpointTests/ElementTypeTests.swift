import Checkpoint
import Foundation
import TensorCore
import TestSupport
import Testing

/// A file of the reference library with every element type, and beside each the values it must be read as.
@Suite struct ElementTypeTests {
  let file: SafetensorsFile

  init() throws {
    file = try SafetensorsFile(url: Fixture.url("element_types.safetensors", bundle: .module))
  }

  @Test(arguments: ["f16", "bf16", "f32", "f64"])
  func fractionsAreReadAsFloats(type: String) throws {
    let expected = try file.tensor("\(type).expected").array
    #expect(try file.floatTensor(type).array.map(\.bitPattern) == expected.map(\.bitPattern))
    #expect(file.shape(of: type) == [8, 8])
  }

  @Test func halfPrecisionStaysAsStoredUntilAskedFor() throws {
    #expect(file.dtype(of: "f16") == .f16)
    #expect(try file.tensor("f16").dtype == .f16)
    #expect(try file.tensor("bf16").dtype == .bf16)
    #expect(try file.tensor("bf16").byteCount == 128)
    #expect(file.dtype(of: "f64") == .f32)
    #expect(file.storedType(of: "f64") == .f64)
  }

  @Test(arguments: ["i8", "i16", "i32", "i64", "u16", "u32"])
  func integersAreReadAsInt32(type: String) throws {
    #expect(try file.tensor(type).intArray == file.tensor("\(type).expected").intArray)
    #expect(throws: CheckpointError.self) { try file.floatTensor(type) }
  }

  @Test func integersThatDoNotFitAreRefused() throws {
    #expect(try file.tensor("i64.extremes").intArray == [.min, .max])
    for name in ["i64.too_large", "u32.too_large"] {
      let error = #expect(throws: CheckpointError.self) { try file.tensor(name) }
      #expect(error?.kind == .badData)
      #expect(error?.description.contains(name) == true)
    }
  }

  @Test func bytesAndTruthValuesAreBytes() throws {
    #expect(try storedBytes(of: file.tensor("u8")) == Array(0...255))
    #expect(try storedBytes(of: file.tensor("bool")) == [1, 0, 1])
  }

  @Test func whatTensorsCannotHoldIsRefusedButDoesNotSpoilTheFile() throws {
    #expect(file.dtype(of: "f8") == nil)
    #expect(throws: CheckpointError.self) { try file.tensor("f8") }
    #expect(throws: CheckpointError.self) { try file.stateDict() }
  }

  @Test func shapesMayBeEmptyOrHaveNoElements() throws {
    #expect(try file.tensor("scalar").shape == [])
    #expect(try file.tensor("scalar").array == [2.5])
    #expect(try file.tensor("empty").shape == [0, 3])
    #expect(try file.tensor("empty").array == [])
  }

  @Test func metadataIsRead() {
    #expect(file.metadata == ["format": "pt", "é": "🎈\n\"quoted\""])
  }

  @Test func aMissingTensorIsNamed() {
    let error = #expect(throws: CheckpointError.self) { try file.tensor("nonesuch") }
    #expect(error?.kind == .badData)
    #expect(error?.description.contains("'nonesuch'") == true)
    #expect(file.shape(of: "nonesuch") == nil)
  }
}

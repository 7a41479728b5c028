import Testing
import WiSE

@Suite struct AlphaGridTests {
  @Test func aRangeHasExactDecimalsAndBothEnds() throws {
    #expect(
      try AlphaGrid(parsing: "0:1:0.1").values == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
    #expect(try AlphaGrid(parsing: "0:1:0.05").values.count == 21)
    #expect(try AlphaGrid(parsing: "0.2:0.8:0.3").values == [0.2, 0.5, 0.8])
    #expect(try AlphaGrid(parsing: "0.5:0.5:1").values == [0.5])
  }

  @Test func aRangeThatStepsOverItsEndIsRefusedAndTheRightOneNamed() {
    let error = #expect(throws: WiSEError.self) { try AlphaGrid(parsing: "0:1:0.3") }
    #expect(error?.kind == .usage && error?.description.contains("0:0.9:0.3") == true)
    #expect(error?.description.contains(",1 after it") == true)
    #expect(throws: WiSEError.self) { try AlphaGrid(parsing: "0.2:0.9:0.3") }
  }

  @Test func aListIsSortedAndFreeOfRepetition() throws {
    #expect(try AlphaGrid(parsing: "1, 0 ,0.25,.5,0.250").values == [0, 0.25, 0.5, 1])
    #expect(try AlphaGrid(parsing: "0.9,0:0.2:0.1").values == [0, 0.1, 0.2, 0.9])
    #expect(try AlphaGrid(parsing: "1").values == [1])
  }

  @Test(
    arguments: [
      "", ",", ".", " ", "a", "-0.1", "1.1", "2", "1e-1", "0.5,", "0:1", "0:1:0", "1:0:0.1", "0:1:0.1:2",
      "0:1:-1",
      "0:1:0.00001", "nan", "inf", "0x1", "٠", "0..1", "0.1.2", "0 1", "99999999999999999999",
      "0.12345678901",
      "0:1:99999999999999999999", "::", "0,1,,",
    ])
  func whatIsNoGridIsRefused(text: String) {
    let error = #expect(throws: WiSEError.self) { try AlphaGrid(parsing: text) }
    #expect(error?.kind == .usage)
  }
}

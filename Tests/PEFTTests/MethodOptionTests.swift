import PEFT
import TestSupport
import Testing

@Suite("Options of fine-tuning methods")
struct MethodOptionTests {
  private static let names = MethodRegistry.all.map { $0.name }

  private func ranges(_ name: String) throws -> [OptionRange] {
    try #require(MethodRegistry.all.first { $0.name == name }).optionRanges
  }

  private func refusal(_ name: String, _ options: [String: String]) -> MethodError? {
    #expect(throws: MethodError.self, "\(name) \(options)") {
      try MethodRegistry.method(named: name, options: options)
    }
  }

  @Test("Every option has a valid default and a range, in which both ends can be chosen", arguments: names)
  func ranges(name: String) throws {
    let ranges = try ranges(name)
    let defaults = try MethodRegistry.method(named: name).optionValues
    #expect(Set(defaults.keys) == Set(ranges.map(\.name)))
    for range in ranges {
      #expect(range.range.contains(try #require(defaults[range.name])), "the default of \(range.name)")
      #expect(!range.help.isEmpty)
      for end in [range.range.lowerBound, range.range.upperBound] {
        let method = try MethodRegistry.method(named: name, options: [range.name: "\(end)"])
        let value = try #require(method.optionValues[range.name])
        #expect(abs(value - end) <= 1e-6 * abs(end))
      }
    }
  }

  @Test("A value out of range, or no number, is refused by the name of the option", arguments: names)
  func outOfRange(name: String) throws {
    for range in try ranges(name) {
      let (low, high) = (range.range.lowerBound, range.range.upperBound)
      let beyond = [low - 1e-3 - abs(low), high + 1e-3 + abs(high)].map { "\($0)" }
      for value in beyond + ["nan", "-nan", "inf", "-inf", "1e999", "", " ", "eight", "1,5", "\u{0}"] {
        let error = try #require(refusal(name, [range.name: value]))
        #expect(error.description.contains(range.name) && error.description.contains(name))
        #expect(error.kind == .usage)
      }
    }
  }

  @Test("Half a rank is refused")
  func wholeNumbers() throws {
    let error = try #require(refusal("lora", ["rank": "2.5"]))
    #expect(error.description.contains("rank=2.5"))
    #expect(try MethodRegistry.method(named: "lora", options: ["rank": "2.0"]).optionValues["rank"] == 2)
  }

  @Test("An unknown option or method is refused, listing those there are")
  func unknown() throws {
    for name in Self.names {
      let error = try #require(refusal(name, ["rnak": "8"]))
      #expect(error.description.contains("rnak"))
      for range in try ranges(name) { #expect(error.description.contains(range.name)) }
    }
    let error = try #require(refusal("lroa", [:]))
    for name in Self.names { #expect(error.description.contains(name)) }
    #expect(throws: MethodError.self) { try MethodRegistry.method(named: "LoRA") }
    #expect(throws: MethodError.self) { try MethodRegistry.method(named: "") }
  }

  @Test("What a user chooses is what the method has")
  func chosen() throws {
    let method = try MethodRegistry.method(
      named: "lora", options: ["rank": "4", "scale": "-2", "dropout": "0"])
    #expect(method.optionValues == ["rank": 4, "scale": -2, "dropout": 0])
    #expect((method as? LoRA)?.options.rank == 4)
    #expect(try MethodRegistry.method(named: "full").optionValues.isEmpty)
  }
}

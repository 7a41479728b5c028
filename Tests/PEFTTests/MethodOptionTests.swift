import NN
import PEFT
import TensorCore
import TestSupport
import Testing

@Suite("Options of fine-tuning methods")
struct MethodOptionTests {
  private static let names = MethodRegistry.all.map { $0.name }

  private func descriptions(_ name: String) throws -> [OptionDescription] {
    try #require(MethodRegistry.all.first { $0.name == name }).optionDescriptions
  }

  private func refusal(_ name: String, _ options: [String: String]) -> MethodError? {
    #expect(throws: MethodError.self, "\(name) \(options)") {
      try MethodRegistry.method(named: name, options: options)
    }
  }

  @Test("Every option says what is valid, and its default is", arguments: names)
  func defaults(name: String) throws {
    let method = try MethodRegistry.method(named: name)
    let described = try descriptions(name)
    #expect(Set(method.optionValues.keys) == Set(described.map(\.name)))
    #expect(Set(described.map(\.name)).count == described.count)
    for option in described {
      #expect(!option.help.isEmpty && !option.valid.isEmpty)
      let chosen = try MethodRegistry.method(
        named: name, options: [option.name: option.standard.description])
      #expect(chosen.optionValues == method.optionValues)
    }
  }

  @Test("What is recorded brings the same options back", arguments: MethodContract.cases)
  func recorded(case method: MethodCase) throws {
    let made = try method.method()
    let again = try MethodRegistry.method(named: method.contract.name, recorded: made.optionValues)
    #expect(again.optionValues == made.optionValues)
    let json = try JSONCoding.roundTrip(made.optionValues)
    #expect(json == made.optionValues)
  }

  @Test("What is no valid value is refused by the name of the option, saying what is valid", arguments: names)
  func invalid(name: String) throws {
    for option in try descriptions(name) {
      for value in ["nan", "-nan", "inf", "1e999", "", " ", "eight", "1,5,", "\u{0}", "-1e9", "1e9"] {
        let error = try #require(refusal(name, [option.name: value]))
        #expect(error.description.contains(option.name) && error.description.contains(name))
        #expect(error.description.contains(option.valid))
        #expect(error.kind == .usage)
      }
    }
  }

  @Test("Both ends of a range can be chosen and nothing beyond")
  func ranges() throws {
    for value in ["1", "4096"] {
      #expect(
        try MethodRegistry.method(named: "lora", options: ["rank": value]).optionValues["rank"]?.description
          == value)
    }
    for value in ["0", "4097", "2.5"] {
      #expect(try #require(refusal("lora", ["rank": value])).description.contains("rank=\(value)"))
    }
    #expect(
      try MethodRegistry.method(named: "lora", options: ["rank": "2.0"]).optionValues["rank"] == .number(2))
    #expect(
      try MethodRegistry.method(named: "lora", options: ["dropout": "0.9"]).optionValues["dropout"]
        == .number(0.9))
    #expect(refusal("lora", ["dropout": "0.91"]) != nil)
  }

  @Test("An unknown option or method is refused, listing those there are")
  func unknown() throws {
    for name in Self.names {
      let error = try #require(refusal(name, ["rnak": "8"]))
      #expect(error.description.contains("rnak"))
      for option in try descriptions(name) { #expect(error.description.contains(option.name)) }
    }
    let error = try #require(refusal("lroa", [:]))
    for name in Self.names { #expect(error.description.contains(name)) }
    #expect(throws: MethodError.self) { try MethodRegistry.method(named: "LoRA") }
    #expect(throws: MethodError.self) { try MethodRegistry.method(named: "") }
  }

  @Test("What a user chooses is what the method has")
  func chosen() throws {
    let method = try MethodRegistry.method(
      named: "lora",
      options: [
        "rank": "4", "scale": "-2", "dropout": "0", "targets": "fc1,v,attention", "shared": "false",
        "blocks": "8-11,3,0,1",
      ])
    let values = method.optionValues
    #expect(values["rank"] == .number(4) && values["scale"] == .number(-2) && values["dropout"] == .number(0))
    #expect(values["targets"] == .text("q,k,v,o,fc1") && values["shared"] == .flag(false))
    #expect(values["blocks"] == .text("0-1,3,8-11"))
    #expect((method as? LoRA)?.rank == 4)
    #expect(try MethodRegistry.method(named: "full").optionValues.isEmpty)
  }

  @Test(
    "Blocks that the model does not have are refused when it is known", arguments: ["3", "last:4", "0,2-3"])
  func missingBlocks(blocks: String) throws {
    let method = try MethodRegistry.method(named: "lora", options: ["blocks": blocks])
    let classifier = SmallClassifier.make()
    let before = classifier.values()
    let error = #expect(throws: MethodError.self) { try classifier.adapt(with: method, seed: 0) }
    #expect(error?.description.contains("0…2") == true)
    #expect(classifier.adaptation == nil && classifier.values() == before)
  }

  @Test(
    "Lists of blocks are read as they are meant",
    arguments: [
      ("all", "all"), ("first:2", "first:2"), ("last:1", "last:1"), ("2", "2"), ("0,2", "0,2"),
      ("1-2,0", "0-2"),
    ])
  func blockLists(text: String, recorded: String) throws {
    #expect(BlockList(optionText: text)?.optionText == recorded)
    for wrong in [
      "", "last", "last:", "last:0", "last:-1", "3-1", "a", "0,,1", "0-", "-1", "0-1-2", "1:2", "all,1",
    ] {
      #expect(BlockList(optionText: wrong) == nil, "\(wrong)")
    }
  }

  @Test("On the embedded world a method's own options hold where none is given, and are valid")
  func worldOptions() throws {
    for type in MethodRegistry.all {
      let method = try MethodRegistry.method(named: type.name, onWorld: true)
      for (name, value) in type.training.worldOptions {
        #expect(method.optionValues[name]?.description == value, "\(type.name)")
      }
    }
    let given = try MethodRegistry.method(named: "oft", options: ["block": "4"], onWorld: true)
    #expect(given.optionValues["block"] == .number(4))
    #expect(try MethodRegistry.method(named: "oft").optionValues["block"] == .number(32))
  }
}

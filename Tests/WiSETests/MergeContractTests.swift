import Checkpoint
import TensorCore
import TestSupport
import Testing
import WiSE

/// What a merge method promises, beside what every method does.
struct MergeContract {
  let name: String
  /// Options under which two copies of a model merge into that model; nil where the method is made otherwise.
  var copies: [String: String]? = [:]
  /// Whether the order of the models makes no difference.
  var isSymmetric = true

  static let all = [
    MergeContract(name: "uniform"), MergeContract(name: "learned"),
    // Of equally good models, the first comes first.
    MergeContract(name: "greedy", isSymmetric: false),
    MergeContract(name: "fisher"), MergeContract(name: "slerp", isSymmetric: false),
    MergeContract(name: "task-arithmetic", copies: ["scale": "0.5"]),
    MergeContract(name: "lines", copies: ["alpha": "0.5", "beta": "0"]),
    MergeContract(name: "ties", copies: ["density": "1"]),
    MergeContract(name: "dare", copies: ["density": "1", "scale": "0.5"], isSymmetric: false),
    MergeContract(name: "model-stock"), MergeContract(name: "iso-c", copies: nil),
    MergeContract(name: "tsv-m", copies: nil),
  ]
}

@Suite("Every merge method", .serialized)
struct MergeContractTests {
  private static let names = MergeMethodRegistry.all.map { $0.name }

  private func contract(_ name: String) throws -> MergeContract {
    try #require(
      MergeContract.all.first { $0.name == name }, "\(name) has no contract; add it to MergeContract.all")
  }

  private func type(_ name: String) throws -> any MergeMethod.Type {
    try #require(MergeMethodRegistry.all.first { $0.name == name })
  }

  /// As many models as the method takes, up to `count`.
  private func models(_ name: String, _ count: Int = 3) throws -> Models {
    let range = try type(name).models
    return Models(min(max(count, range.lowerBound), range.upperBound))
  }

  @Test("Says what it is: name, summary, citation, and options whose defaults are valid", arguments: names)
  func description(name: String) throws {
    let type = try type(name)
    #expect(!type.name.isEmpty && type.name.allSatisfy { $0.isLowercase || $0 == "-" })
    #expect(type.summary.hasSuffix(".") && type.citation.count > 20)
    for option in type.optionDescriptions {
      #expect(!option.help.isEmpty && !option.valid.isEmpty)
      guard option.standard.description != ModelWeights().optionText else { continue }
      _ = try MergeMethodRegistry.method(named: name, options: [option.name: option.standard.description])
    }
    #expect(Self.names.count { $0 == name } == 1)
  }

  @Test("An option that it has not is refused by name, and so is a value that is none", arguments: names)
  func options(name: String) throws {
    #expect(throws: MergeError.unknownOption("tempo", method: name, known: try type(name).options(named: ())))
    {
      _ = try MergeMethodRegistry.method(named: name, options: ["tempo": "1"])
    }
    for option in try type(name).optionDescriptions {
      for value in ["", "none", "nan", "1,,2"] {
        #expect(
          throws: MergeError.badOption(option.name, value: value, method: name, valid: option.valid),
          "\(option.name)"
        ) {
          _ = try MergeMethodRegistry.method(named: name, options: [option.name: value])
        }
      }
    }
  }

  @Test("Every option changes something", arguments: names)
  func obeyed(name: String) throws {
    // What is found on images is chosen elsewhere: see MergeSelectionTests.
    let others = [
      "density": "0.35", "weights": "1,3,2", "scale": "0.7", "seed": "9", "elect-signs": "true", "t": "0.9",
      "alpha": "0.9", "beta": "0.11", "floor": "0.5", "normalize": "false",
    ]
    for option in try type(name).optionDescriptions where option.name != "evaluations" {
      let value = try #require(others[option.name], "\(option.name)")
      // Scaled alike, Fisher information counts the same.
      var models = try models(name)
      models.fishers[0] = models.fishers[0].mapValues { tensor in
        Tensor(tensor.array.map { 3 * $0 }, shape: tensor.shape)
      }
      let (changed, standard) = (try models.merged(name, [option.name: value]), try models.merged(name))
      #expect(changed.contents != standard.contents, "\(option.name)")
    }
  }

  @Test("Copies of one model merge into that model, where the method is made so", arguments: names)
  func copies(name: String) throws {
    guard let options = try contract(name).copies else { return }
    var models = Models(1)
    models.models = [models.models[0], models.models[0]]
    models.fishers = [models.fishers[0], models.fishers[0]]
    for (tensor, value) in try models.merged(name, options) {
      expectClose(value, try #require(models.models[0][tensor]), relative: 1e-6, "\(tensor)")
    }
  }

  @Test("Of models that are the base, the base comes, bit for bit", arguments: names)
  func nothingChanged(name: String) throws {
    var models = try models(name)
    models.models = models.models.map { _ in models.base }
    let merged = try models.merged(name).contents
    guard try type(name).needs.contains(.base) else {
      for (tensor, value) in models.base {
        expectClose(try #require(models.merged(name)[tensor]), value, relative: 1e-6)
      }
      return
    }
    #expect(merged == models.base.contents)
  }

  @Test("The order of the models makes no difference, where it should not", arguments: names)
  func symmetric(name: String) throws {
    guard try contract(name).isSymmetric else { return }
    let models = try models(name)
    let reversed = Models(
      base: models.base, models: models.models.reversed(), fishers: models.fishers.reversed())
    let expected = try models.merged(name)
    for (tensor, value) in try reversed.merged(name) {
      expectClose(value, try #require(expected[tensor]), absolute: 2e-5, "\(tensor)")
    }
  }

  @Test("The same models and options give the same bits, with however many threads", arguments: names)
  func threads(name: String) throws {
    let before = threadCount
    defer { setThreadCount(before) }
    let models = try models(name)
    var all: [[String: [UInt8]]] = []
    for count in [1, 2, 2, 5] {
      setThreadCount(count)
      all.append(try models.merged(name).contents)
    }
    #expect(all.dropFirst().allSatisfy { $0 == all[0] })
  }

  @Test("Models of other tensors are refused, each difference by name", arguments: names)
  func mismatch(name: String) throws {
    var models = try models(name, 2)
    let last = models.models.count - 1
    models.models[last]["logit_scale"] = nil
    models.models[last]["extra"] = Tensor(zeros: [2])
    models.models[last]["text_projection"] = Tensor(zeros: [7, 6])
    models.models[last]["visual.class_embedding"] = Tensor([Int32](repeating: 1, count: 6), shape: [6])
    do {
      _ = try models.merged(name)
      // One model cannot differ from itself, but from the base and the Fisher information.
      Issue.record("nothing was thrown")
    } catch let error as WiSEError {
      for part in ["logit_scale", "extra", "[7, 5]", "[7, 6]", "class_embedding", "model0", "model\(last)"] {
        #expect(error.description.contains(part), "\(error)")
      }
    }
  }

  @Test("Weights that are no finite numbers are refused by file and name", arguments: names)
  func notFinite(name: String) throws {
    for value in [Float.nan, .infinity] {
      var models = try models(name, 2)
      models.models[1]["text_projection"] = Tensor(
        [value] + [Float](repeating: 1, count: 34), shape: [7, 5])
      let method = try MergeMethodRegistry.method(named: name)
      // A greedy soup takes the first alone where none is better.
      let score: MixtureScorer = { MixtureScore(correct: $0.count { $0 > 0 }, images: 2, crossEntropy: 1) }
      #expect(throws: WiSEError.notFinite(file: "model1", tensor: "text_projection")) {
        _ = try models.merged(method, score: score)
      }
    }
  }

  @Test("What it needs is asked for, and what it does not use is refused", arguments: names)
  func needs(name: String) throws {
    let (models, method) = (try models(name, 2), try MergeMethodRegistry.method(named: name))
    let needs = try type(name).needs
    let inputs = models.models.enumerated().map { MergeInput("model\($0)", $1) }
    let fishers = models.fishers.enumerated().map { MergeInput("fisher\($0)", $1) }
    func merge(base: Bool, fisher: Bool) throws {
      _ = try ModelMerge(
        method, models: inputs, base: base ? MergeInput("base", models.base) : nil,
        fishers: fisher ? fishers : [])
    }
    let (base, fisher) = (needs.contains(.base), needs.contains(.fisher))
    try merge(base: base, fisher: fisher)
    #expect(throws: MergeError.self) { try merge(base: !base, fisher: fisher) }
    #expect(throws: MergeError.self) { try merge(base: base, fisher: !fisher) }
    let score: MixtureScorer = { _ in MixtureScore(correct: 1, images: 1, crossEntropy: 0) }
    #expect(throws: MergeError.self) {
      try models.merge(method).coefficients(score: needs.contains(.validation) ? nil : score)
    }
  }

  @Test("Too few and too many models are refused", arguments: names)
  func count(name: String) throws {
    let (type, method) = (try type(name), try MergeMethodRegistry.method(named: name))
    for count in [type.models.lowerBound - 1, type.models.upperBound < 100 ? type.models.upperBound + 1 : -1]
    where count >= 0 {
      var models = Models(0)
      models.models = Array(repeating: models.base, count: count)
      models.fishers = models.models
      #expect(throws: MergeError.modelCount(count, method: name, valid: type.models)) {
        _ = try models.merge(method)
      }
    }
  }

  @Test("Integers are taken over, and halves widened exactly", arguments: names)
  func types(name: String) throws {
    var models = try models(name, 2)
    let (position, half) = (
      Tensor([Int32(7)], shape: [1]), Tensor([Float](repeating: 0.5, count: 4), shape: [4])
    )
    for index in models.models.indices {
      models.models[index]["steps"] = Tensor([Int32(index)], shape: [1])
      models.fishers[index]["steps"] = position
      models.models[index]["half"] = half.converted(to: .bf16)
      models.fishers[index]["half"] = half
    }
    models.base["steps"] = position
    models.base["half"] = half
    let merged = try models.merged(name)
    #expect(merged["steps"]?.intArray == (try type(name).needs.contains(.base) ? [7] : [0]))
    #expect(merged["half"]?.dtype == .f32)
    expectClose(try #require(merged["half"]).array, half.array, relative: 1e-6)
  }
}

extension MergeMethod {
  /// Names of the options.
  fileprivate static func options(named _: Void) -> [String] { optionDescriptions.map(\.name) }
}

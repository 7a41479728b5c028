import CLIPCore
import Datasets
import Experiments
import ImageCodec
import NN
import TensorCore
import Testing
import Training
import TrainingTestSupport
import WiSE

@Suite("Parts, depth and what is shared along alpha")
struct AlphaMovementTests {
  private let tiny: TinyTraining
  private let images: PreparedDataset

  init() throws {
    tiny = try TinyTraining()
    images = try PreparedDataset(
      dataset: TinyTraining.images(count: 5, seed: 9), preprocessing: .clip(size: 16))
  }

  private func train(
    _ method: String, options: [String: String] = [:], towers: Set<TowerKind> = [.vision]
  ) throws {
    _ = try tiny.job(method, name: method, options: options, towers: towers).run()
  }

  private func load(_ method: String, _ shape: AlphaShape = .plain) throws -> LoadedRun {
    try LoadedRun.load(RunFolder(tiny.folder.file(method)), shape: shape)
  }

  private func bits(_ run: LoadedRun, _ alpha: Double) throws -> [UInt32] {
    let context = try run.path.move(to: alpha)
    let classifier = run.path.classifier
    let head = classifier.computedHead(context)
    return classifier.logits(try images.batch(0..<images.count).images, context, head: head).value.array
      .map(\.bitPattern)
  }

  @Test(
    "With a part, alpha 1 is the fine-tuned model, and at 0 that part alone is pre-trained, bit for bit",
    arguments: ["full", "lora", "houlsby", "vpt-deep", "vpt-shallow", "ssf"])
  func parts(method: String) throws {
    try train(method)
    let tuned = try bits(load(method), 1)
    let start = try bits(load(method), 0)
    for part in [AlphaShape.Part.head, .vision] {
      let run = try load(method, AlphaShape(part: part))
      let (low, middle) = (try bits(run, 0), try bits(run, 0.5))
      #expect(try bits(run, 1) == tuned, "\(part)")
      #expect(low != start && low != tuned && middle != low && middle != tuned, "\(part)")
    }
    // At 0 the head is the one that the run began from.
    let head = try load(method, .init(part: .head))
    _ = try head.path.move(to: 0)
    for name in ImageClassifier.headPaths {
      #expect(
        try head.path.classifier.store[name]?.value.array
          == load(method).path.atStart(name), "\(name)")
    }
  }

  @Test("A part that fine-tuning left as it was is refused, and so is a head that the text tower makes")
  func refused() throws {
    try train("linear")
    for part in [AlphaShape.Part.vision, .text] {
      let error = #expect(throws: WiSEError.self) { try load("linear", .init(part: part)) }
      #expect(error?.kind == .usage && error?.description.contains("--part \(part.rawValue)") == true)
    }
    try train("lora", towers: [.vision, .text])
    let error = #expect(throws: WiSEError.self) { try load("lora", .init(part: .head)) }
    #expect(error?.description.contains("--part text") == true)
    for part in [AlphaShape.Part.vision, .text] {
      let run = try load("lora", .init(part: part))
      #expect(try bits(run, 1) == bits(load("lora"), 1))
      #expect(try bits(run, 0) != bits(run, 0.5) && bits(run, 0.5) != bits(run, 1))
    }
  }

  @Test(
    "Factors of 1 change nothing, of 0 keep a block as it was, and the last block goes as far as the last factor says",
    arguments: ["full", "houlsby", "vpt-deep"])
  func depth(method: String) throws {
    try train(method)
    for alpha in [0, 0.5, 1] {
      let uniform = try load(method, AlphaShape(depth: DepthFactors(first: 1, last: 1)))
      #expect(try bits(uniform, alpha) == bits(load(method), alpha))
      let halved = try load(method, AlphaShape(depth: DepthFactors(first: 0.5, last: 0.5)))
      #expect(try bits(halved, alpha) == bits(load(method), alpha / 2))
    }
    let rising = try load(method, AlphaShape(depth: DepthFactors(first: 0, last: 1)))
    #expect(try bits(rising, 0) == bits(load(method), 0))
    #expect(try bits(rising, 1) != bits(load(method), 1) && bits(rising, 1) != bits(load(method), 0))
  }

  @Test("Where what was added stands in no block, depth is refused")
  func noBlock() throws {
    try train("clip-adapter")
    let error = #expect(throws: WiSEError.self) {
      try load("clip-adapter", AlphaShape(depth: DepthFactors(first: 0, last: 1)))
    }
    #expect(error?.description.contains("--depth") == true)
  }

  @Test("Beyond the ends, learned tokens go forward only, and everything needs to be asked")
  func beyond() throws {
    try train("vpt-deep")
    let run = try load("vpt-deep", AlphaShape(extrapolates: true))
    #expect(try bits(run, 1.5) != bits(run, 1))
    #expect(throws: WiSEError.self) { try run.path.move(to: -0.5) }
    #expect(throws: WiSEError.self) { try load("vpt-deep").path.move(to: 1.5) }
  }

  @Test(
    "Blocks that are the same at every alpha are computed once, with the bits that each would compute",
    arguments: [
      ("lora", ["blocks": "last:1"]), ("vpt-deep", ["blocks": "last:1"]), ("partial", ["blocks": "1"]),
    ])
  func shared(method: String, options: [String: String]) throws {
    try train(method, options: options)
    let run = try load(method)
    #expect(run.path.sharing == .blocks(1))
    let data = try TinyTraining.images(count: 40, seed: 9)
    let set = try EvaluationSet(
      data, role: .target, images: ImageList([]), seen: nil, headClasses: run.record.data.classes)
    let evaluator = ShiftEvaluator(
      config: run.record.model.architecture, preprocessing: run.record.model.preprocessing, batchSize: 16)
    func logits(_ alphas: [Double]) throws -> [Double: [UInt32]] {
      var found: [Double: [UInt32]] = [:]
      _ = try evaluator.sweep(run.path, alphas: alphas, sets: [set]) { alpha, _, _, logits, _ in
        found[alpha, default: []] += logits.array.map(\.bitPattern)
      }
      return found
    }
    let together = try logits([0, 0.5, 1])
    #expect(together[0]?.count == 120 && together[0] != together[1])
    for alpha in [0, 0.5, 1] { #expect(try logits([alpha])[alpha] == together[alpha], "\(alpha)") }
  }

  @Test("What is shared follows from what moves")
  func sharing() throws {
    try train("full")
    try train("vpt-shallow")
    #expect(try load("full").path.sharing == .nothing)
    #expect(try load("full", .init(part: .head)).path.sharing == .tower)
    #expect(try load("full", .init(depth: DepthFactors(first: 0, last: 1))).path.sharing == .blocks(1))
    #expect(try load("vpt-shallow").path.sharing == .nothing)
    #expect(try load("vpt-shallow", .init(part: .head)).path.sharing == .tower)
  }
}

extension AlphaPath {
  /// A weight before fine-tuning.
  fileprivate func atStart(_ name: String) throws -> [Float]? {
    _ = try move(to: 0)
    return classifier.store[name]?.value.array
  }
}

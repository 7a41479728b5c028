import ArgumentParser
import Benchmark
import CLIPCore
import Datasets
import Experiments
import Foundation
import PEFT
import Report
import TensorCore
import Training

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the speed of this program on this machine.",
    discussion: """
      WORK is methods (every one), encode (image tower), text (\(BenchmarkSuite.prompts) prompts through the text tower), decode (images of \
      --images or --dataset to pixels: a step is all of them), gemm (the machine's peak), or a fine-tuning method: forward, backward and AdamW with a head of \
      1000 classes (lora: rank 32, no dropout). Weights are random. Times are medians after two steps of warming up; gflops counts \
      the matrix products and attention that are carried out; the peak is measured before and after.

        clipft bench encode full lora --batch 16 --seconds 15
        clipft bench decode --images photos --threads 1 --json
        clipft bench decode --dataset wds:shards/{00..12}.tar --cold
        clipft bench methods --beside bitfit --batch 8
      """)

  @Argument(
    help: ArgumentHelp("What to time: \(BenchmarkSuite.names.joined(separator: ", ")).", valueName: "work"))
  var work = ["encode", "full", "bitfit", "ssf", "lora", "text", "gemm"]

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Architecture: arch:NAME, 'world', or a model folder's (default: clipft.yaml's, else \(Self.commonModel)).",
      valueName: "model"))
  var model: String?

  @Option(
    name: .long, help: ArgumentHelp("Images of a step (default: \(Self.commonBatch)).", valueName: "n"))
  var batch: Int?

  @Option(
    name: .long, help: ArgumentHelp("Time to spend on each work, at least three steps.", valueName: "s"))
  var seconds = 15.0

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp("Image files and folders for decode; at most 200 images are read.", valueName: "path"))
  var images: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Data for decode, instead of --images: folder:DIR, list:FILE, wds:PATTERN … (default: none).",
      valueName: "data"))
  var dataset: String?

  @Flag(name: .long, help: "Have the system forget the files of the images before each step of decode.")
  var cold = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Memory in which decode keeps images, such as 2GB (default: none, whatever is configured).",
      valueName: "size"))
  var imageMemory: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Folder in which decode keeps what the model sees of images (default: none, whatever is configured).",
      valueName: "dir"))
  var pixelCache: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Time this work's steps in turn with those of each, and show time and memory as multiples of its (default: none).",
      valueName: "work"))
  var beside: String?

  @Flag(name: .long, help: "Show where a step's time goes, by operation.")
  var profile = false

  @OptionGroup var common: CommonOptions

  private static let commonModel = "arch:ViT-B-16-quickgelu"
  private static let commonBatch = 16
  /// Of `--images`.
  private static let mostImages = 200

  func validate() throws {
    if let unknown = (named + [beside].compactMap { $0 }).first(where: { !BenchmarkSuite.names.contains($0) })
    {
      throw ValidationError(
        "There is no work '\(unknown)'; choose of \(BenchmarkSuite.names.joined(separator: ", ")).")
    }
    guard !work.contains("decode") || !images.isEmpty || dataset != nil else {
      throw ValidationError(
        "decode needs images; name files or folders with --images, or data with --dataset.")
    }
    guard images.isEmpty || dataset == nil else {
      throw ValidationError("--images and --dataset both name what decode reads; give one.")
    }
    try UnusedOptions.refuse(
      [
        ("--images", !images.isEmpty), ("--dataset", dataset != nil), ("--cold", cold),
        ("--image-memory", imageMemory != nil), ("--pixel-cache", pixelCache != nil),
      ].map { ($0.0, $0.1 && !work.contains("decode")) }, because: "only decode reads images")
    if let imageMemory, ByteSize(imageMemory) == nil {
      throw ValidationError("--image-memory is \(imageMemory); \(ByteSize.advice).")
    }
    try UnusedOptions.refuse(
      [("--model", model != nil && work.allSatisfy { $0 == "gemm" })], because: "gemm is of no model")
    try UnusedOptions.refuse(
      [("--batch", batch != nil && work.allSatisfy(["decode", "gemm", "text"].contains))],
      because: "what is timed has batches of its own")
    if let batch, !(1...4096).contains(batch) {
      throw ValidationError("--batch is \(batch); give 1 to 4096.")
    }
    guard seconds >= 0, seconds <= 86400 else {
      throw ValidationError("--seconds is \(seconds); give 0 to 86400.")
    }
  }

  /// `methods` stands for every one.
  private var named: [String] { work.flatMap { $0 == "methods" ? BenchmarkSuite.methodNames : [$0] } }

  func run() throws {
    let workspace = try common.start()
    let model = model ?? workspace.configuration.model ?? Self.commonModel
    let suite = BenchmarkSuite(
      config: try ModelSource(model).config(), batch: batch ?? Self.commonBatch,
      images: try imagesToDecode(workspace),
      caches: ImageCaches(
        memory: ImageMemory(limit: imageMemory.flatMap { ByteSize($0)?.bytes } ?? 0),
        disk: try pixelCache.map { try PixelStore(folder: $0, onTrouble: { Terminal.warn($0) }) }),
      isCold: cold)
    Terminal.say("measuring the peak of matrix products …")
    var benchmark = Benchmark()
    var results: [Benchmark.Result] = []
    do {
      let observer = WorkObserver(shouldStop: { Interrupt.isRequested })
      // Made anew each time, so that what it holds does not count as the other's memory.
      let referenceMb = try beside.flatMap { try suite.work(named: $0) }.map {
        Terminal.say("timing \($0.name) …")
        return try benchmark.run($0, seconds: 0, observer: observer).peakRssMb
      }
      for name in named {
        guard let work = try suite.work(named: name) else {
          results.append(benchmark.matrixProducts())
          continue
        }
        Terminal.say("timing \(name) …")
        var result = try benchmark.run(work, seconds: seconds, observer: observer)
        if profile { result.profile = try benchmark.profile(work, seconds: seconds, observer: observer) }
        if let beside, let referenceMb, let reference = try suite.work(named: beside) {
          result.beside = try benchmark.compare(
            result, of: work, with: reference, peakRssMb: referenceMb, seconds: seconds, observer: observer)
        }
        results.append(result)
      }
    } catch is WorkStopped {
      throw Interrupted()
    }
    results = benchmark.rated(results)
    let report = Report(
      machine: MachineDescription(peakGflops: benchmark.peak / 1e9), engine: Compute.backend.description,
      precision: Compute.precision.rawValue, model: model, results: results)
    try common.output(report) { Self.table(report) }
  }

  private func imagesToDecode(_ workspace: Workspace) throws -> (any ImageDataset)? {
    if let dataset { return try workspace.catalog(dataRoot: workspace.dataRoot(nil)).open(dataset) }
    guard !images.isEmpty else { return nil }
    let files = try ImageFiles(images)
    return try files.subset(Array(0..<min(Self.mostImages, files.count)))
  }

  /// What `--json` prints.
  private struct Report: Encodable {
    let machine: MachineDescription
    let engine: String
    let precision: String
    let model: String
    let results: [Benchmark.Result]
  }

  private static func table(_ report: Report) -> String {
    var table = TextTable(
      columns: [
        .init("work"), .init("batch", .right), .init("items/s", .right), .init("GFLOP/s", .right),
        .init("% of peak", .right), .init("peak MiB", .right),
      ]
        + (report.results.contains { $0.beside != nil }
          ? [.init("time ×", .right), .init("memory ×", .right)] : []))
    func decimals(_ value: Double?) -> String { value.map { String(format: "%.1f", $0) } ?? "–" }
    for result in report.results {
      table.append(
        [
          result.work, String(result.batch), String(format: "%.2f", result.itemsPerS),
          decimals(result.gflops),
          decimals(result.percentOfPeak), Figures.count(result.peakRssMb),
        ]
          + (result.beside.map { [String(format: "%.2f", $0.time), String(format: "%.2f", $0.memory)] } ?? [])
      )
    }
    let machine = report.machine
    return
      "\(machine.processor), \(machine.threads) threads, \(report.engine), \(report.precision), \(report.model)\n"
      + table.text()
      + report.results.map { result in result.profile.map { Self.table($0, of: result.work) } ?? "" }.joined()
  }

  private static func table(_ profile: StepProfile, of work: String) -> String {
    var table = TextTable(columns: [
      .init("a step of \(work)"), .init("calls", .right), .init("ms", .right), .init("%", .right),
    ])
    for row in profile.rows {
      table.append([
        row.operation, row.calls == 0 ? "" : String(format: "%.0f", row.calls),
        String(format: "%.2f", row.milliseconds), String(format: "%.1f", row.percent),
      ])
    }
    return "\n" + table.text()
  }
}

import Experiments
import Foundation
import TestSupport
import Testing
import Training

/// Runs beside one another, stopped, continued, and short of space.
@Suite("Processes and what they leave")
struct ProcessTests {
  private let program: Program

  init() throws { program = try Program() }

  private func finetune(_ more: [String], method: String = "full") throws -> [String] {
    [
      "finetune", "--peft", method, "--model", try program.model(), "--dataset",
      "folder:\(try program.images("train", "val"))",
    ] + more
  }

  private func contents(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: program.folder.file(name).path).sorted()
  }

  @Test("A folder that another process trains in is refused with its host and number, and left as it is")
  func lockedFolder() throws {
    try FileManager.default.createDirectory(
      at: program.folder.file("run"), withIntermediateDirectories: true)
    let claim = try RunFolder(program.folder.file("run")).createExclusively()
    let outcome = try program.run(arguments: finetune(["--epochs", "1", "--out", "run"]))
    #expect(outcome.status == 73)
    #expect(outcome.errors.contains("process \(getpid()) on "))
    #expect(try contents("run") == [RunLock.fileName])
    claim.release()
    #expect(try program.run(arguments: finetune(["--epochs", "1", "--out", "run"])).status == 0)
    #expect(try !contents("run").contains(RunLock.fileName))
  }

  @Test("Before training begins a signal ends the program at once, leaves nothing, and says what to do")
  func earlySignal() throws {
    // So many prompts that the head takes longer than the test.
    let prompts = (0..<200_000).map { "photo \($0) of a {}" }.joined(separator: "\n")
    try program.folder.write(prompts, to: "prompts.txt")
    let outcome = try program.run(
      arguments: finetune(["--epochs", "1", "--out", "run", "--templates", "prompts.txt"]),
      interruptAfter: (program.folder.file("run/run.lock"), 0.3))
    #expect(outcome.status == 130)
    #expect(outcome.errors.contains("The same command starts again"))
    #expect(!FileManager.default.fileExists(atPath: program.folder.file("run").path))
  }

  @Test(
    "What a continued run would not obey is refused by name",
    arguments: [
      ["--shots", "1"], ["--val", "folder:v"], ["--option", "rank=4"],
      ["--templates", "t"],
      ["--classes", "a,b"], ["--bad-images", "fail"], ["--image-size", "32"],
      ["--arch", "ViT-B-32"], ["--allow-partial"], ["--val-fraction", "0.1"], ["--recompute"],
      ["--recipe", "wise-ft"], ["--epochs=3"], ["--augment", "none"], ["--out", "o"],
    ])
  func resumeOptions(options: [String]) throws {
    let outcome = try program.run(arguments: ["finetune", "--resume", "run"] + options)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(String(options[0].prefix { $0 != "=" })))
  }

  @Test("A run goes on with its own threads, or says that it does not")
  func resumedThreads() throws {
    let stopped = try program.run(
      arguments: finetune(["--epochs", "5000", "--threads", "2", "--out", "run"]),
      interruptAfter: (program.folder.file("run/metrics.jsonl"), 0))
    #expect(stopped.status == 130)
    let folder = RunFolder(program.folder.file("run"))
    var record = try folder.record()
    record.spec.settings.schedule.epochs = 6000
    let own = try program.run(
      arguments: ["finetune", "--resume", "run"], interruptAfter: (program.folder.file("run/run.lock"), 1))
    #expect(own.status == 130 && !own.errors.contains("instead of 2"))
    #expect(try folder.record().machines == nil)
    let other = try program.run(
      arguments: ["finetune", "--resume", "run", "--threads", "1"],
      interruptAfter: (program.folder.file("run/run.lock"), 1))
    #expect(other.errors.contains("1 threads instead of 2"))
    #expect(try folder.record().latestMachine.threads == 1)
  }

  @Test("Own data need a model; the embedded world's have one")
  func modelNeeded() throws {
    let outcome = try program.run(
      "finetune", "--peft", "full", "--dataset", "folder:\(try program.images("train", "val"))")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("--model"))
  }

  @Test("A file size limit makes writing fail with 74, and leaves nothing under a temporary name")
  func fileSizeLimit() throws {
    let binary = Bundle.main.bundleURL.appendingPathComponent("clipft").path
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c", "ulimit -f 8; exec \"$@\"", "sh", binary, "embed", "--model", try program.model(), "--images",
      try program.images("train", each: 400), "--out", "e.safetensors",
    ]
    process.currentDirectoryURL = program.folder.url
    process.environment = ["HOME": program.folder.url.path, "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"]
    process.standardError = Pipe()
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 74)
    #expect(try program.folder.contents().allSatisfy { !$0.hasPrefix(".clipft") && $0 != "e.safetensors" })
  }

  @Test("Fewer images than --shots asks for, none to validate on, and a warm-up too long are said")
  func smallData() throws {
    let images = try program.images("train", each: 1)
    let outcome = try program.run(
      "finetune", "--peft", "full", "--model", try program.model(), "--dataset", "folder:\(images)/train",
      "--epochs", "1", "--shots", "500", "--recipe", "wise-ft", "--out", "run", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("3 of 3 classes have fewer than 500 training images"))
    #expect(outcome.errors.contains("there are no validation images"))
    #expect(outcome.errors.contains("warm-up takes 500 steps"))
    #expect(try outcome.json()["val_top1"] is NSNull && outcome.json()["train_loss"] is Double)
  }

  @Test(
    "A warm-up too long for few images is shortened where nobody asked for the recipe, and that is said and recorded"
  )
  func shortenedWarmup() throws {
    func settings(_ name: String, _ more: String...) throws -> (spec: RunSpec, errors: String) {
      let options = ["--epochs", "10", "--out", name] + more
      let outcome = try program.run(arguments: finetune(options))
      #expect(outcome.status == 0, "\(outcome.errors)")
      return (try RunFolder(program.folder.file(name)).record().spec, outcome.errors)
    }
    let (short, said) = try settings("short")
    #expect(
      short.recipe == "wise-ft" && short.settings.schedule.warmupSteps == nil
        && short.settings.schedule.warmupShare == 0.1)
    #expect(said.contains("it is shortened to 1 step (--recipe wise-ft keeps it)"), "\(said)")
    #expect(!said.contains("never reaches"))
    let (named, warned) = try settings("named", "--recipe", "wise-ft")
    #expect(
      named.settings.schedule.warmupSteps == 500 && named.settings.schedule.warmupShare == nil
        && !warned.contains("shortened"))
    #expect(warned.contains("never reaches"))
    let (asked, _) = try settings("asked", "--warmup-steps", "8")
    #expect(asked.settings.schedule.warmupSteps == 8)
  }

  @Test("Settings are recorded as they were given, beside the recipe's")
  func settings() throws {
    let options = [
      "--epochs", "1", "--batch-size", "8", "--clip-norm", "none", "--lr-floor", "1e-6", "--warmup-epochs",
      "0.5",
      "--augment", "crop=0.5-1,flip,rand=7/0,erase=0.5", "--seed", "4", "--order-seed", "9", "--decay",
      "matrices",
      "--schedule", "epoch", "--recipe", "wise-ft", "--out", "run",
    ]
    #expect(try program.run(arguments: finetune(options, method: "lora")).status == 0)
    let spec = try RunFolder(program.folder.file("run")).record().spec
    let settings = spec.settings
    #expect(
      spec.recipe == "wise-ft" && settings.optimizer.weightDecay == 0.1 && settings.optimizer.clipNorm == nil)
    #expect(
      settings.schedule.warmupSteps == nil && settings.schedule.warmupEpochs == 0.5
        && settings.schedule.floor == 1e-6)
    #expect(settings.augmentation?.image.randAugment?.magnitude == 7)
    #expect(settings.augmentation?.image.erasing?.probability == 0.5)
    #expect(settings.seeds.data == 4 && settings.seeds.order == 9 && settings.optimizer.decay == .matrices)
    #expect(settings.schedule.pace == .epoch)
    for bad in [
      ["--augment", "flop"], ["--clip-norm", "-1"], ["--warmup-steps", "1", "--warmup-share", "0.1"],
    ] {
      #expect(try program.run(arguments: finetune(bad + ["--out", "bad"])).status == 64, "\(bad)")
    }
  }
}

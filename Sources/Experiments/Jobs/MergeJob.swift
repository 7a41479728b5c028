import CLIPCore
import Checkpoint
import Datasets
import EvalShift
import Foundation
import TensorCore
import Training
import WiSE

/// Merges models and runs into one model folder, tensor by tensor: the merged model is never in memory as a whole, nor is any that
/// is merged.
///
/// Runs are first read and their plain weights written to a temporary file, one run after the other. Methods that look at
/// validation images hold one mixture to score it.
public struct MergeJob {
  /// A model's folder or file, or a run's folder.
  public struct Source {
    /// As the user named it.
    public let label: String
    public let place: URL

    public init(label: String, place: URL) {
      (self.label, self.place) = (label, place)
    }
  }

  public let method: any MergeMethod
  public let sources: [Source]
  public let base: Source?
  public let fishers: [Source]
  /// The architecture of files of weights that do not say.
  public var config: CLIPConfig?
  /// Where the model lies now that runs began from, if not where it lay.
  public var movedModel: URL?
  public let place: URL
  public let environment: [String: String]

  public init(
    _ method: any MergeMethod, sources: [Source], base: Source? = nil, fishers: [Source] = [],
    place: URL, environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    self.method = method
    self.sources = sources
    self.base = base
    self.fishers = fishers
    self.place = place
    self.environment = environment
  }

  /// What is written beside the weights.
  public static let recordName = "merge.json"

  /// Sees what is done.
  public struct Observer {
    /// A tensor is merged, of so many.
    public var onTensor: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    /// A mixture is scored.
    public var onTrial: (_ score: MixtureScore) -> Void = { _ in }
    public var scoring = ShiftEvaluator.Observer()

    public init() {}
  }

  /// `validation` opens the images that the method looks at, once the models are known; nil for one that looks at none.
  public func execute(
    validation open: ((MergeModels) throws -> MergeValidation)? = nil, observer: Observer = Observer()
  ) throws -> MergeReport {
    guard !ModelLayout.isFile(place) else {
      throw CheckpointError.cannotCreate(
        file: place.path,
        reason: "a merged model is written as a folder; give a name without the ending of a file")
    }
    // Before anything is read that takes long.
    try ModelMerge.require(
      type(of: method), models: sources.count, hasBase: base != nil,
      fishers: estimatesFisher && open != nil ? sources.count : fishers.count)
    try ExportJob.check(place)
    try ModelLayout.huggingFace.check(place)
    var report: MergeReport?
    try NewOutput.folder(at: place) { unfinished in
      let scratch = unfinished.appendingPathComponent("scratch")
      report = try write(to: unfinished, scratch: scratch, open, observer)
      do {
        if FileManager.default.fileExists(atPath: scratch.path) {
          try FileManager.default.removeItem(at: scratch)
        }
      } catch {
        throw CheckpointError.writeFailed(file: place.path, reason: "temporary files cannot be removed")
      }
    }
    guard var report else {
      throw CheckpointError.writeFailed(file: place.path, reason: "nothing was merged")
    }
    (report.output, report.peakRssMb) = (place.path, ProcessMemory.wholePeakMegabytes)
    return report
  }

  /// Whether Fisher information is asked for, and none given.
  private var estimatesFisher: Bool { type(of: method).needs.contains(.fisher) && fishers.isEmpty }

  private func write(
    to folder: URL, scratch: URL, _ open: ((MergeModels) throws -> MergeValidation)?, _ observer: Observer
  ) throws -> MergeReport {
    let members = try sources.enumerated().map { try member($1, scratch: scratch, number: $0) }
    let start = try base.map { try member($0, scratch: scratch, number: members.count) }
    var (heads, headNote) = MergeHeads.found(
      in: members, base: start, needsBase: type(of: method).needs.contains(.base))
    var information = try fishers.map {
      MergeInput($0.label, try CanonicalTensors(TensorFormats.open($0.place)))
    }
    if heads != nil, let without = information.first(where: { $0.shape(of: MergeMember.headPaths[0]) == nil })
    {
      (heads, headNote) = (
        nil, "no head is written, because \(without.label) has no Fisher information of it"
      )
    }
    if heads == nil { information = information.map { $0.filter { !MergeMember.headPaths.contains($0) } } }
    let inputs = zip(members.indices, members).map { Self.input($1, heads?.states[$0]) }
    let leading = start ?? members[0]
    let differences = try Self.requireSameArchitecture(members + [start].compactMap { $0 }, as: leading)
    let seen = SeenImages.union(members.map(\.seen) + [start?.seen])
    let opened = try open.map {
      try $0(
        MergeModels(
          headClasses: heads?.classes, seen: seen,
          runs: members.allSatisfy { $0.run != nil } ? members.compactMap(\.run) : []))
    }
    var notes =
      (members + [start].compactMap { $0 }).flatMap(\.notes) + differences + [headNote].compactMap { $0 }
      + Self.repetitions(members, hasBase: start != nil)
    if estimatesFisher, let opened {
      information = try estimated(inputs, leading, opened, scratch: scratch, observer)
      notes.append(
        "Fisher information was estimated on \(opened.set.images.count) images of \(opened.set.name), with one drawn class each"
      )
    }
    let merge = try ModelMerge(
      method, models: inputs, base: start.map { Self.input($0, heads?.base) }, fishers: information)
    let coefficients = try coefficients(merge, leading, opened, observer)
    let factors = try writeTensors(merge, coefficients, leading, heads, to: folder, observer)
    let report = MergeReport(
      method: type(of: method).name, citation: type(of: method).citation, options: method.optionValues,
      inputs: sources.map(\.label), inputsSha256: members.map(\.sha256), base: base?.label,
      baseSha256: start?.sha256, fisher: fishers.isEmpty ? nil : fishers.map(\.label),
      coefficients: coefficients.values, coefficientMeaning: type(of: method).coefficientMeaning,
      factors: factors.isEmpty ? nil : factors,
      validation: opened.map { Self.record($0, coefficients) }, tensors: merge.names.count,
      elementType: SafetensorsType.f32.rawValue, headClasses: heads?.classes.count, notes: notes,
      version: ProgramVersion.current)
    try AtomicFile.write(JSONFormat.encode(report), to: folder.appendingPathComponent(Self.recordName))
    let selected = opened.map { SeenImages(train: ImageList([]), selection: $0.set.images) }
    try SeenImages.union([seen, selected])?.write(beside: folder)
    return report
  }

  private func member(_ source: Source, scratch: URL, number: Int) throws -> MergeMember {
    let run = RunFolder(source.place)
    guard run.exists else {
      return try MergeMember(
        model: source.place, label: source.label, config: config, environment: environment)
    }
    defer { StoragePool.shared.trim() }
    return try MergeMember(
      run: run, label: source.label, model: movedModel,
      scratch: scratch.appendingPathComponent("\(number)"))
  }

  private static func input(_ member: MergeMember, _ head: StateDict?) -> MergeInput {
    var input = member.towers
    if let head { input.add(head) }
    return input
  }

  /// Throws unless all mean one architecture; notes of what else differs, in which the leading one is followed.
  private static func requireSameArchitecture(
    _ members: [MergeMember], as leading: MergeMember
  ) throws -> [String] {
    var notes: [String] = []
    for member in members where member.label != leading.label {
      var config = member.config
      // Where texts are read is said by the vocabulary, or by the configuration.
      config.text.pooling = leading.config.text.pooling
      guard config == leading.config else {
        throw ModelError.badConfiguration(
          file: member.label,
          problem:
            "its architecture is another than \(leading.label)'s, though its tensors have the same shapes (activation, heads or "
            + "layout of texts); merge models of one architecture")
      }
      if member.preprocessing != leading.preprocessing {
        notes.append(
          "\(member.label) sees images otherwise than \(leading.label), whose preprocessing is written")
      }
      if member.tokenizer?.identity != leading.tokenizer?.identity {
        notes.append(
          "\(member.label) has another tokenizer than \(leading.label), whose tokenizer is written")
      }
    }
    return notes
  }

  /// That there is nothing to merge, or that something counts twice.
  private static func repetitions(_ members: [MergeMember], hasBase: Bool) -> [String] {
    if members.count == 1, !hasBase {
      return ["\(members[0].label) is the only model, so that what is written is that model again"]
    }
    return members.enumerated().compactMap { place, member in
      members[..<place].first { $0.sha256 == member.sha256 }.map {
        "\($0.label) and \(member.label) are the same weights, which count twice"
      }
    }
  }

  private func coefficients(
    _ merge: ModelMerge, _ leading: MergeMember, _ validation: MergeValidation?, _ observer: Observer
  ) throws -> MergeCoefficients {
    guard let validation, type(of: method).needs.contains(.validation) else {
      return try merge.coefficients()
    }
    let evaluator = evaluator(merge, leading, validation, observer)
    return try merge.coefficients {
      let score = try evaluator.score($0)
      observer.onTrial(score)
      return score
    }
  }

  private func evaluator(
    _ merge: ModelMerge, _ leading: MergeMember, _ validation: MergeValidation, _ observer: Observer
  ) -> MixtureEvaluator {
    MixtureEvaluator(
      merge, config: leading.config, preprocessing: leading.preprocessing, tokenizer: leading.tokenizer,
      validation: validation, observer: observer.scoring)
  }

  /// Fisher information of each model, in files from which it is read tensor by tensor.
  private func estimated(
    _ inputs: [MergeInput], _ leading: MergeMember, _ validation: MergeValidation, scratch: URL,
    _ observer: Observer
  ) throws -> [MergeInput] {
    let evaluator = evaluator(try ModelMerge(UniformSoup(), models: inputs), leading, validation, observer)
    let estimator = FisherEstimator(
      config: leading.config, preprocessing: leading.preprocessing, validation: validation,
      observer: observer.scoring)
    let folder = scratch.appendingPathComponent("fisher")
    try Self.makeFolder(folder)
    return try inputs.indices.map { index in
      var alone = Array(repeating: 0.0, count: inputs.count)
      alone[index] = 1
      let state = try estimator.estimate(inputs[index], zeroShotHead: evaluator.zeroShotHead(alone))
      let file = folder.appendingPathComponent("\(index).safetensors")
      try SafetensorsFile.write(state, to: file)
      StoragePool.shared.trim()
      var found = MergeInput(
        "the Fisher information of \(inputs[index].label)", try CanonicalTensors(SafetensorsFile(url: file)))
      found.fill(as: inputs[index])
      return found
    }
  }

  /// For what is read again tensor by tensor, and removed at the end.
  static func makeFolder(_ folder: URL) throws(CheckpointError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotCreate(file: folder.path, reason: "the folder cannot be made")
    }
  }

  /// Writes towers and head; by what task vectors were multiplied, where the method finds that for each tensor.
  private func writeTensors(
    _ merge: ModelMerge, _ coefficients: MergeCoefficients, _ leading: MergeMember, _ heads: MergeHeads?,
    to folder: URL, _ observer: Observer
  ) throws -> [String: Double] {
    var (factors, done) = ([String: Double](), 0)
    func merged(_ name: String) throws -> Tensor {
      let merged = try merge.tensor(name, coefficients)
      factors[name] = merged.factor
      guard merged.tensor.isFinite else {
        throw CheckpointError.badTensor(
          file: place.path, name: name,
          problem: "merged, it has values beyond what fp32 holds; use smaller weights or scales")
      }
      done += 1
      observer.onTensor(done, merge.names.count)
      return merged.tensor
    }
    let towers = merge.names.filter { !MergeMember.headPaths.contains($0) }
    try ModelLayout.huggingFace.write(
      ModelLayout.Surroundings(
        config: leading.config, preprocessing: leading.preprocessing, tokenizer: leading.tokenizer),
      tensors: towers.map { ($0, merge.shape(of: $0)) },
      metadata: [
        "merge": type(of: method).name, "merge_options": method.optionValues.text,
        "merge_inputs": JSONFormat.line(sources.map(\.label)),
      ], to: folder, tensor: merged)
    if let heads {
      let names = MergeMember.headPaths
      try HeadFile.write(
        weight: merged(names[0]), bias: merged(names[1]), classNames: heads.classes.map(\.name),
        notes: ["method": "merge \(type(of: method).name)"], to: ExportJob.headFile(of: folder))
    }
    return factors
  }

  private static func record(
    _ validation: MergeValidation, _ coefficients: MergeCoefficients
  ) -> MergeReport.Validation {
    let set = validation.set
    return MergeReport.Validation(
      dataset: set.name, images: set.images.count, imagesSha256: set.images.sha256,
      precision: Compute.precision.rawValue, overlaps: set.overlaps.isEmpty ? nil : set.overlaps,
      trials: coefficients.trials)
  }
}

import CLIPCore
import Checkpoint
import Datasets
import Foundation
import ImageCodec
import TensorCore
import Tokenizer
import Training
import WiSE

/// A model or a run as it takes part in a merge: weights of which each tensor is read when it is asked for, and what belongs to
/// them.
struct MergeMember {
  let label: String
  /// SHA-256 of the weights; of a run, of what it tuned.
  let sha256: String
  let towers: MergeInput
  let config: CLIPConfig
  let preprocessing: Preprocessing
  let tokenizer: BPETokenizer?
  let head: ExportedHead.Trained?
  /// The head that a run began from.
  let startHead: StateDict?
  let seen: SeenImages?
  let run: MergeModels.Run?
  /// What its reader must know, a sentence each.
  let notes: [String]

  static let headPaths = ["classification_head.weight", "classification_head.bias"]

  /// Opens a model, whose architecture `config` names where its files cannot say.
  init(
    model place: URL, label: String, config named: CLIPConfig?, environment: [String: String]
  ) throws {
    let files = try ModelFiles(place)
    self.label = label
    let opened: ModelFiles.Opened
    (opened, sha256) = try files.whileUnchanged { (try files.opened(named: named), try files.sha256()) }
    tokenizer = try files.tokenizerIfAny(environment: environment)
    towers = MergeInput(label, opened.tensors).filter(Set(opened.names).contains)
    config = opened.config
    preprocessing = opened.preprocessing
    head = try ExportedHead.beside(model: place)?.trained()
    seen = try SeenImages.of(model: place)
    (startHead, run, notes) = (nil, nil, opened.notes)
  }

  /// Reads a run, and writes its plain weights into `folder`, from where they are read tensor by tensor. `moved` is where the
  /// model lies that it began from, if not where it lay.
  init(run folder: RunFolder, label: String, model moved: URL?, scratch: URL) throws {
    self.label = label
    let loaded = try LoadedRun.load(folder, model: moved)
    let plain = try ExportJob(run: loaded, alpha: 1, place: scratch).plainModel()
    let file = scratch.appendingPathComponent("weights.safetensors")
    try MergeJob.makeFolder(scratch)
    try SafetensorsFile.write(plain.model.clip.store.state(), to: file)
    towers = MergeInput(label, try CanonicalTensors(SafetensorsFile(url: file)))
    sha256 = try ContentHash.sha256(of: folder.tunedFile)
    config = plain.model.clip.config
    (preprocessing, tokenizer) = (plain.model.preprocessing, plain.model.tokenizer)
    head = ExportedHead.Trained(
      state: plain.classifier.filter(Self.headPaths.contains), classes: loaded.record.data.classes)
    startHead = try loaded.plainEndpoints().pretrained.filter(Self.headPaths.contains)
    let images = try folder.images(loaded.record.data)
    seen = images.seen
    run = MergeModels.Run(record: loaded.record, images: images)
    notes = plain.notes
  }
}

/// The heads of the members of a merge, where they can be merged as well.
struct MergeHeads {
  let states: [StateDict]
  let base: StateDict?
  let classes: [DatasetClass]

  /// Nil, with the reason where one is left out, unless all members have a head for the same classes, and the base has one where
  /// the method `needs` one. A base without a head has the one that all runs began from.
  static func found(
    in members: [MergeMember], base: MergeMember?, needsBase: Bool
  ) -> (heads: MergeHeads?, note: String?) {
    func leftOut(_ reason: String) -> (MergeHeads?, String) {
      (nil, "no head is written, because \(reason): the merged model is scored zero-shot")
    }
    let heads = members.map(\.head)
    guard let first = heads.compactMap({ $0 }).first else { return (nil, nil) }
    if let without = zip(members, heads).first(where: { $0.1 == nil })?.0 {
      return leftOut("\(without.label) has none")
    }
    let all = heads.compactMap { $0 }
    let names = first.classes.map(\.name)
    if let other = zip(members, all).first(where: { $0.1.classes.map(\.name) != names })?.0 {
      return leftOut("\(other.label)'s is for other classes than \(members[0].label)'s")
    }
    // Identifiers are known from runs, and not from exports.
    let classes = zip(members, all).first { $0.0.run != nil }?.1.classes ?? first.classes
    guard needsBase else { return (MergeHeads(states: all.map(\.state), base: nil, classes: classes), nil) }
    if let head = base?.head {
      guard head.classes.map(\.name) == names else {
        return leftOut("the base's is for other classes")
      }
      return (MergeHeads(states: all.map(\.state), base: head.state, classes: classes), nil)
    }
    let starts = members.compactMap(\.startHead)
    guard let start = starts.first, starts.count == members.count,
      starts.allSatisfy({ $0.hasSameTensors(as: start) })
    else { return leftOut("the base has none, and the models are no runs that began from one head") }
    return (MergeHeads(states: all.map(\.state), base: start, classes: classes), nil)
  }
}

extension StateDict {
  fileprivate func hasSameTensors(as other: StateDict) -> Bool {
    names == other.names
      && names.allSatisfy { name in
        guard let a = self[name], let b = other[name] else { return false }
        return a.shape == b.shape && a.bytes.elementsEqual(b.bytes)
      }
  }
}

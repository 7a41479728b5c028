import CLIPCore
import Datasets
import EvalShift
import Foundation
import ImageCodec
import NN
import PEFT
import TensorCore
import Training

/// Everything a run was made from and came to: `run.json`, in snake case.
public struct RunRecord: Codable, Sendable, Equatable {
  public enum Status: String, Codable, Sendable {
    case running, interrupted, finished, failed
  }

  /// What was trained.
  public struct Model: Codable, Sendable, Equatable {
    /// Folder or file it was read from; absolute.
    public var path: String
    /// SHA-256 of the weights file.
    public var sha256: String
    public var architecture: CLIPConfig
    public var preprocessing: Preprocessing
    /// What was folded into those weights first; nil where nothing was.
    public var adapter: MergedAdapter?
    /// SHA-256 of what its tokenizer is (`BPETokenizer.identity`); nil in older records.
    public var tokenizerSha256: String?
  }

  /// What it was trained on.
  public struct Data: Codable, Sendable, Equatable {
    public var name: String
    public var classes: [DatasetClass]
    public var templates: [String]
    /// Prompts of each class that the head began from, in place of templates; nil where there were none. The prompts are in
    /// `prompts.json`.
    public var descriptions: Descriptions?
    /// What was trained on: `images/train.tsv`.
    public var train: Images
    /// What epochs and alpha are selected on: `images/validation.tsv`.
    public var validation: Images
    /// The data's own test images, `images/test.tsv`; nil where they have none.
    public var test: Images?
    /// What the model was fine-tuned and selected on before: `images/earlier-*.tsv`; nil where it brought no lists.
    public var earlier: Earlier?
    /// Files that lie among the training images and are not read: their number by kind; nil where there are none.
    public var leftOut: [String: Int]?
    /// Images left out because they cannot be decoded; nil where there are none.
    public var skippedImages: Int?
    /// Where the validation images come from.
    public var validationSource: TrainingData.ValidationSource
    /// How the validation images were chosen, in words.
    public var validationSplit: String
    /// Names of the classes that have no validation image while others have; nil where there are none, and in older records.
    public var classesWithoutValidation: [String]?

    /// A file of prompts of each class.
    public struct Descriptions: Codable, Sendable, Equatable {
      public var prompts: Int
      /// SHA-256 of the file.
      public var sha256: String
    }

    /// How many images a list has, and the hash of all of them with their classes.
    public struct Images: Codable, Sendable, Equatable {
      public var n: Int
      public var sha256: String
      /// How many of them are training and validation images as well, which was allowed; nil where none are.
      public var overlaps: SetOverlaps?

      init(_ list: ImageList, overlaps: SetOverlaps = SetOverlaps()) {
        n = list.count
        sha256 = list.sha256
        self.overlaps = overlaps.isEmpty ? nil : overlaps
      }
    }

    /// The images that a model has seen before a run.
    public struct Earlier: Codable, Sendable, Equatable {
      public var train: Images
      public var selection: Images
    }

    /// `images` are the data's, with those that the model has seen before.
    public init(_ data: TrainingData, images: RunImages) {
      let seen = images.seen
      name = data.train.name
      classes = data.train.classes
      templates = data.templates
      descriptions = data.descriptions.map { Descriptions(prompts: $0.count, sha256: $0.sha256) }
      train = Images(images.train)
      validation = Images(
        images.validation,
        overlaps: SetOverlaps(train: seen.overlaps(with: images.validation).train))
      test = images.test.map { Images($0, overlaps: seen.overlaps(with: $0)) }
      earlier = images.earlier.map { Earlier(train: Images($0.train), selection: Images($0.selection)) }
      leftOut = data.train.leftOut.isEmpty ? nil : data.train.leftOut
      skippedImages = data.skipped.isEmpty ? nil : data.skipped.count
      validationSource = data.validationSource
      validationSplit = data.validationSplit
      let unseen = data.validation.count > 0 ? data.validation.classesWithoutImages.map(\.name) : []
      classesWithoutValidation = unseen.isEmpty ? nil : unseen
    }
  }

  public struct Machine: Codable, Sendable, Equatable {
    public var engine: String
    public var precision: Precision
    public var threads: Int

    public static func current() -> Machine {
      Machine(engine: Compute.backend.description, precision: Compute.precision, threads: threadCount)
    }
  }

  /// A machine, and the moment from which it trained the run.
  public struct MachineUse: Codable, Sendable, Equatable {
    /// ISO 8601, UTC.
    public var since: String
    public var machine: Machine
  }

  public struct ParameterCounts: Codable, Sendable, Equatable {
    public var tuned: Int
    public var head: Int
    public var total: Int
  }

  public var formatVersion = RunRecord.currentFormat
  /// Records of another format are refused: what they do not say would have to be guessed.
  public static let currentFormat = 4
  public var programVersion: String
  /// ISO 8601, UTC.
  public var created: String
  public var commandLine: [String]
  public var status: Status
  /// Why it failed, in a sentence; nil unless it did.
  public var failure: String?
  /// What was asked for.
  public var spec: RunSpec
  /// The keys in which it differs from what its recipe alone would have made of it, in the words of the program that ran it;
  /// nil where it has no recipe, and in older records.
  public var recipeChanges: [String]?
  public var model: Model
  public var data: Data
  /// What the run began on.
  public var machine: Machine
  /// What it was continued on since, where that differs; nil where it never did.
  public var machines: [MachineUse]?
  public var parameters: ParameterCounts
  public var result: TrainingResult?

  public var method: String { spec.method.name }
  /// Which towers the method changes.
  public var towers: Set<TowerKind> { spec.method.towers.kinds }
  public var settings: FineTuningSettings { spec.settings }
  /// Enough to open the images again.
  public var request: TrainingDataRequest { spec.data }

  /// The method's options and the towers that it changes: what tells runs of one method apart.
  var choices: [String: OptionValue] {
    spec.method.options.merging(spec.method.towers.choice) { own, _ in own }
  }

  /// What the run was computed on last.
  public var latestMachine: Machine { machines?.last?.machine ?? machine }

  /// Notes that the run goes on on `machine`, if that is another than before.
  mutating func use(_ machine: Machine) {
    guard machine != latestMachine else { return }
    machines = (machines ?? []) + [MachineUse(since: Date().formatted(.iso8601), machine: machine)]
  }
}

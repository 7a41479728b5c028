import ArgumentParser
import CLIPCore
import Checkpoint
import Experiments
import Foundation
import Training

/// What a model argument names.
enum ModelSource {
  /// The small CLIP of the embedded world.
  case world
  /// A name of the table of architectures, without weights.
  case architecture(String)
  /// A folder, or a file of weights.
  case path(String)

  init(_ text: String) {
    if text == WorldModel.name {
      self = .world
    } else if text.hasPrefix(Architectures.prefix) {
      self = .architecture(String(text.dropFirst(Architectures.prefix.count)))
    } else {
      // What did not go through a shell still has its tilde.
      self = .path(HomePath.expanded(text))
    }
  }

  /// The model of a specification, with its adapter merged; what its reader must know is said.
  static func load(_ spec: RunSpec, _ workspace: Workspace) throws -> PretrainedModel {
    let model = try spec.loadModel(at: ModelSource(spec.model).modelPlace(workspace))
    for note in model.notes { Terminal.say("note: \(note)") }
    return model
  }

  var isPath: Bool {
    if case .path = self { true } else { false }
  }

  /// The model's folder or file; the embedded world's model is trained now if it never was.
  func place(_ workspace: Workspace) throws -> URL {
    switch self {
    case .path(let path): return try Self.existing(path)
    case .architecture(let name):
      throw ValidationError(
        "\(Architectures.prefix)\(name) has neither weights nor tokenizer; give a model folder.")
    case .world:
      let folder = WorldModel.folder(inCache: workspace.cache, seed: 0)
      while true {
        try waitForOther(folder)
        guard !WorldModel.isTrained(in: folder) else { return folder }
        Terminal.say("No model given: training the embedded world's small CLIP once, into \(folder.path)")
        do {
          return try PretrainingSession.run(
            WorldModel.job(seed: 0, folder: folder)
          ).place
        } catch TrainingError.locked {
          // Another process was faster.
          continue
        }
      }
    }
  }

  /// Waits while another process trains the embedded world's model.
  private func waitForOther(_ folder: URL) throws {
    guard !WorldModel.isTrained(in: folder), let holder = RunLock.holder(of: folder) else { return }
    Terminal.say("The embedded world's small CLIP is being trained by \(holder.description); waiting for it")
    while !WorldModel.isTrained(in: folder), RunLock.holder(of: folder) != nil {
      Thread.sleep(forTimeInterval: 0.2)
    }
  }

  /// The same of what must be a model: a run's folder holds what was tuned, and no model.
  func modelPlace(_ workspace: Workspace) throws -> URL {
    let place = try place(workspace)
    let run = RunFolder(place)
    guard run.exists else { return place }
    throw TrainingError.badSetting(
      "\(place.relativePath) is a run, which holds what was tuned and no model; make one of it with `clipft export --run "
        + "\(ShellWord.quoted(place.relativePath)) --out MODEL`, and name that.")
  }

  /// The architecture alone; nothing is trained for it.
  func config() throws -> CLIPConfig {
    switch self {
    case .world: Architectures.world
    case .architecture(let name): try Architectures.config(named: name)
    // Weights that fit prove that the configuration means what it says.
    case .path(let path): try PretrainedModel.clip(in: Self.existing(path)).config
    }
  }

  /// Throws where nothing is there, with the way to a folder if it is a name of something that has one.
  static func existing(_ path: String, what: String = "model folder or file") throws -> URL {
    guard FileManager.default.fileExists(atPath: path) else {
      throw UnfetchedModel(path) ?? MissingInput(path: path, what: what) as any Error
    }
    return URL(fileURLWithPath: path)
  }
}

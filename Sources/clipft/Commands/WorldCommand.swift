import ArgumentParser
import Datasets
import Experiments
import Foundation
import Training

struct WorldCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "world",
    abstract: "Draw the embedded world as image files.",
    discussion: """
      Writes every set (shapes, shapes-v2, shapes-r, shapes-sketch, shapes-a) below a folder, one folder a class. Point \
      --data-root there to use it.

        clipft world --out data --seed 1
      """)

  @Option(name: .long, help: ArgumentHelp("Folder to write to.", valueName: "dir"))
  var out: String

  @Option(
    name: .long, help: ArgumentHelp("Seed of the world (default: clipft.yaml's, else 0).", valueName: "n"))
  var seed: UInt64?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let workspace = try common.start()
    let catalog = workspace.catalog(dataRoot: out)
    let sets = try WorldSets.draw(in: out, seed: workspace.seed(seed), catalog: catalog)
    try common.output(["sets": sets]) { sets.joined(separator: "\n") }
  }
}

/// All sets of the embedded world.
enum WorldSets {
  /// Draws what is not there yet; the folders.
  static func draw(in root: String, seed: UInt64, catalog: DatasetCatalog) throws -> [String] {
    let files = WorldFiles(root: URL(fileURLWithPath: root).standardizedFileURL.path, seed: seed)
    try files.requireSameWorld()
    var folders: [String] = []
    for name in catalog.names {
      let manifest = try catalog.manifest(named: name)
      guard manifest.storage == nil else { continue }
      for split in manifest.availableSplits {
        if Interrupt.isRequested { throw Interrupted() }
        let dataset = try files.dataset(manifest, split: split)
        folders.append((dataset as? FolderDataset)?.root ?? dataset.name)
      }
    }
    return folders
  }
}

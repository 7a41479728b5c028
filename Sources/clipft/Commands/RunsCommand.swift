import ArgumentParser
import Experiments
import Foundation
import Report
import Training

struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List the runs on disk, show one, or say in what two differ.",
    discussion: """
      Runs lie under runs/, or where $CLIPFT_RUNS or clipft.yaml says.

        clipft runs list
        clipft runs show runs/shapes-lora
        clipft runs diff runs/shapes-lora runs/shapes-lora-2
      """,
    subcommands: [List.self, Show.self, Diff.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "State, method, data and score of every run, the oldest first.",
      discussion: "  clipft runs list")
    @Argument(help: "Folder that holds runs (default: runs).") var folder: String?
    @OptionGroup var common: CommonOptions

    private struct Entry: Encodable {
      let run, state: String
      let method, dataset, recipe, created: String?
      let recipeChanges: [String]?
      let seed: UInt64?
      let valTop1: Double?
      let problem: String?

      private enum CodingKeys: String, CodingKey {
        case run, state, method, dataset, recipe, created, seed, problem
        case recipeChanges = "recipe_changes"
        // Where words and digits meet, the automatic spelling would differ.
        case valTop1 = "val_top1"
      }
    }

    func run() throws {
      let workspace = try common.start()
      let parent = folder.map { URL(fileURLWithPath: $0) } ?? workspace.runs
      // Where runs will lie may not be there yet; a folder that was named must be.
      if let folder { try Self.requireFolder(folder) }
      let entries = RunFolder.all(in: parent).map(Self.entry)
      try common.output(["runs": entries]) {
        guard !entries.isEmpty else { return "no runs under \(parent.relativePath)" }
        let rows = entries.map { entry in
          [
            URL(fileURLWithPath: entry.run).lastPathComponent, entry.state, entry.method ?? "–",
            entry.dataset ?? "–", entry.seed.map { "\($0)" } ?? "–",
            entry.valTop1.map { "\(Figures.percent($0))" } ?? "–", entry.problem ?? "",
          ]
        }
        var table = TextTable(
          columns: [
            .init("run"), .init("state"), .init("method"), .init("data"), .init("seed", .right),
            .init("validation %", .right), .init(""),
          ])
        for row in rows { table.append(row) }
        return table.text()
      }
    }

    private static func requireFolder(_ path: String) throws {
      var isFolder: ObjCBool = false
      let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      guard isThere, isFolder.boolValue else {
        throw TrainingError.missingInput(
          path: path, what: "A folder of runs",
          advice: isThere ? "a file is; name the folder that holds the runs" : "name one that is there")
      }
    }

    private static func entry(_ folder: RunFolder) -> Entry {
      do {
        let record = try folder.record()
        return Entry(
          run: folder.url.path, state: state(record, folder), method: record.method,
          dataset: record.data.name,
          recipe: record.spec.recipe, created: record.created, recipeChanges: record.recipeChanges,
          seed: record.settings.seeds.all,
          valTop1: record.result?.valTop1, problem: record.failure)
      } catch {
        // One that cannot be read does not hide the others.
        let problem = "\(error)"
        return Entry(
          run: folder.url.path, state: "unreadable", method: nil, dataset: nil, recipe: nil, created: nil,
          recipeChanges: nil, seed: nil, valTop1: nil, problem: problem)
      }
    }

    /// A run that nobody trains any more was interrupted, whatever its record could still say.
    static func state(_ record: RunRecord, _ folder: RunFolder) -> String {
      record.status == .running && folder.trainer == nil ? "interrupted" : record.status.rawValue
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The specification of a run, as --spec takes it, and what came of it.",
      discussion: "  clipft runs show runs/shapes-lora")
    @OptionGroup var place: PositionalRunOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      let workspace = try common.start()
      let folder = try place.folder(workspace)
      let record = try folder.record()
      let (recipe, spec) = (try Self.recipe(record), try record.spec.tree.yaml)
      try common.output(record) {
        var lines = [
          "# \(folder.url.path)",
          "# \(List.state(record, folder)), begun \(record.created), clipft \(record.programVersion)",
        ]
        if let recipe { lines.append("# recipe \(recipe)") }
        if let failure = record.failure { lines.append("# \(failure)") }
        if let result = record.result {
          let top1 = result.valTop1.map { ", validation \(Figures.percent($0))%" } ?? ""
          let loss = result.trainLoss.map { ", training loss \($0)" } ?? ""
          lines.append("# \(result.steps) steps\(loss)\(top1)")
        }
        lines.append("# weights \(record.model.sha256)")
        lines.append("# \(record.data.train.n) training images, \(record.data.train.sha256)")
        return (lines + [spec]).joined(separator: "\n")
      }
    }

    /// The recipe and what became of it; of an older record, as this program has it.
    private static func recipe(_ record: RunRecord) throws -> String? {
      guard let name = record.spec.recipe else { return nil }
      guard record.recipeChanges != nil || Recipe.all.contains(where: { $0.name == name }) else {
        return "\(name), which this program does not have"
      }
      let changes = try record.recipeChanges ?? record.spec.recipeChanges() ?? []
      return changes.isEmpty ? "\(name), as it is" : "\(name), changed in \(changes.joined(separator: ", "))"
    }
  }

  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The keys of the specification, and of what two runs were made from, in which they differ.",
      discussion: "  clipft runs diff runs/shapes-lora runs/shapes-lora-2")
    @Argument(help: "A run folder.") var first: String
    @Argument(help: "Another.") var second: String
    @OptionGroup var common: CommonOptions

    private struct Document: Encodable {
      let a, b: String
      let differences: [SpecDifference]
    }

    func run() throws {
      let (a, b) = (RunFolder(URL(fileURLWithPath: first)), RunFolder(URL(fileURLWithPath: second)))
      let differences = try SpecDifference.between(a.record(), b.record())
      try common.output(Document(a: a.url.path, b: b.url.path, differences: differences)) {
        guard !differences.isEmpty else {
          return "the same specification, weights, images, program and machine"
        }
        var table = TextTable(columns: [.init("key"), .init(first), .init(second)])
        for difference in differences {
          table.append([difference.key, difference.first.text, difference.second.text])
        }
        return table.text()
      }
    }
  }
}

import ArgumentParser
import Experiments
import Foundation

struct RecipesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipes", abstract: "List named specifications to begin from, or show one.",
    discussion: """
      A recipe says how training goes: rates, schedule, batches, augmentation. `clipft finetune --recipe NAME` begins from \
      it, and flags vary it.

        clipft recipes list
        clipft recipes show wise-ft
      """,
    subcommands: [List.self, Show.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "One line a recipe.", discussion: "  clipft recipes list")
    @OptionGroup var common: CommonOptions

    private struct Entry: Encodable {
      let name, summary, source: String
      let published: String?
    }

    func run() throws {
      let entries = Recipe.all.map {
        Entry(name: $0.name, summary: $0.summary, source: $0.source, published: $0.published)
      }
      try common.output(["recipes": entries]) {
        let width = entries.map(\.name.count).max() ?? 0
        return entries.map { $0.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.summary }
          .joined(separator: "\n")
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Where a recipe comes from, and what it says of a specification.",
      discussion: "  clipft recipes show wise-ft")
    @Argument(help: "Name of the recipe.") var name: String
    @OptionGroup var common: CommonOptions

    private struct Document: Encodable {
      let name, summary, source: String
      let command, published: String?
      let spec: SpecValue
    }

    func run() throws {
      let recipe = try Recipe.named(name)
      let document = Document(
        name: recipe.name, summary: recipe.summary, source: recipe.source, command: recipe.command,
        published: recipe.published, spec: recipe.spec)
      try common.output(document) {
        var lines = ["# \(recipe.summary)", "# source: \(recipe.source)"]
        if let command = recipe.command { lines.append("# there: \(command)") }
        if let published = recipe.published { lines.append("# published: \(published)") }
        if recipe.takesMethodsWorldDefaults {
          lines.append(
            "# lr, epochs and options are the method's own for the embedded world (clipft inspect --peft METHOD)"
          )
        }
        return (lines + ["recipe: \(recipe.name)", recipe.spec.yaml]).joined(separator: "\n")
      }
    }
  }
}

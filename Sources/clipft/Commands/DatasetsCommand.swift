import ArgumentParser
import Datasets
import Experiments
import Foundation
import Report
import Training

struct DatasetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "datasets",
    abstract: "Datasets that are known, and what of them is on disk.",
    discussion: """
      Manifests are looked for in the folders of $CLIPFT_MANIFESTS, in ./manifests, beside the program and in it.

        clipft datasets list
        clipft datasets show imagenet-r
        clipft datasets check imagenet-r folder:photos --decode
        clipft datasets shard folder:photos --out photos-wds
      """,
    subcommands: [
      ListSubcommand.self, ShowSubcommand.self, CheckSubcommand.self, ConvertSubcommand.self,
      ShardSubcommand.self,
    ],
    defaultSubcommand: ListSubcommand.self)

  /// Where the data of manifests lie.
  struct Place: ParsableArguments {
    @Option(
      name: .long,
      help: ArgumentHelp(
        "Folder that holds the datasets of manifests (default: $CLIPFT_DATA, clipft.yaml's or data).",
        valueName: "dir"))
    var dataRoot: String?

    func catalog(_ workspace: Workspace) -> DatasetCatalog {
      workspace.catalog(dataRoot: workspace.dataRoot(dataRoot))
    }
  }

  struct ListSubcommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Every manifest in a line.",
      discussion: """
          clipft datasets list vtab
          clipft datasets list --json
        """)

    @Argument(
      help: ArgumentHelp("Only those whose name or family contains this (default: all).", valueName: "word"))
    var word: String?

    @OptionGroup var place: Place
    @OptionGroup var common: CommonOptions

    func run() throws {
      let catalog = place.catalog(try common.start())
      try catalog.requireNamedFolders()
      // One that cannot be read does not hide the others.
      var rows: [Description] = []
      for name in catalog.names {
        do {
          rows.append(Description(try catalog.manifest(named: name), catalog))
        } catch {
          Terminal.warn("\(error)")
        }
      }
      if let word = word?.lowercased() {
        rows = rows.filter { $0.name.lowercased().contains(word) || $0.family.lowercased().contains(word) }
        guard !rows.isEmpty else {
          throw ValidationError("No manifest has '\(word)' in its name or family; leave it away to see all.")
        }
      }
      // A family together, its target first.
      rows.sort {
        ($0.family, $0.role == .target ? 0 : 1, $0.name) < ($1.family, $1.role == .target ? 0 : 1, $1.name)
      }
      try common.output(["datasets": rows]) { Self.table(rows) }
    }

    private static func table(_ rows: [Description]) -> String {
      var table = TextTable(columns: [
        .init("name"), .init("family"), .init("role"), .init("layout"), .init("classes", .right),
        .init("images"),
      ])
      for row in rows {
        let splits = row.splits.map { "\($0.split) \($0.expected.map(Figures.count) ?? "?")" }
        table.append([
          row.name, row.family, row.role.rawValue, row.layout, Figures.count(row.classes),
          splits.joined(separator: ", "),
        ])
      }
      return table.text()
    }
  }

  struct ShowSubcommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "One manifest, its lists read.",
      discussion: """
          clipft datasets show imagenet-r
        """)

    @Argument(help: ArgumentHelp("Name of a manifest.", valueName: "name"))
    var name: String

    @OptionGroup var place: Place
    @OptionGroup var common: CommonOptions

    func run() throws {
      let catalog = place.catalog(try common.start())
      let manifest = try catalog.manifest(named: name)
      var description = Description(manifest, catalog)
      description.classNames = manifest.datasetClasses.map(\.name)
      description.templates = manifest.templates?.values
      try common.output(description) { Self.text(description) }
    }

    private static func text(_ shown: Description) -> String {
      let splits = shown.splits.map {
        "\($0.split): \($0.expected.map { "\(Figures.count($0)) images" } ?? "images")\($0.path.map { " in \($0)" } ?? "")"
      }
      let rows: [(String, String?)] = [
        ("name", shown.name), ("title", shown.title), ("", shown.description), ("family", shown.family),
        ("role", shown.role.rawValue), ("layout", shown.layout),
        ("splits", splits.joined(separator: "; ")),
        (
          "variants",
          shown.variants.map { variants in
            "name one as \(([shown.name] + variants.map { "{\($0.name)}" }).joined(separator: ".")): "
              + variants.map { "\($0.name) \($0.values.joined(separator: ", "))" }.joined(separator: "; ")
          }
        ),
        ("classes", "\(shown.classes): \(abridged(shown.classNames ?? []))"),
        ("prompts", shown.templates.map { abridged($0) }), ("metric", shown.metric), ("twin", shown.idTwin),
        ("homepage", shown.homepage),
        ("licence", shown.licence), ("citation", shown.citation), ("manifest", shown.manifest),
      ]
      return rows.compactMap { key, value in
        value.map { key.padding(toLength: 10, withPad: " ", startingAt: 0) + $0 }
      }.joined(separator: "\n")
    }

    private static func abridged(_ names: [String]) -> String {
      names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
    }
  }

  /// A manifest for people and scripts.
  fileprivate struct Description: Encodable {
    struct Split: Encodable {
      let split: String
      let expected: Int?
      let path: String?
    }

    let name: String
    let title: String?
    let description: String?
    let family: String
    let role: DatasetRole
    let layout: String
    let splits: [Split]
    /// Of what it has variants, and which; nil where it is one dataset.
    let variants: [DatasetManifest.Variant]?
    let classes: Int
    var classNames: [String]?
    var templates: [String]?
    /// What the field reports, where it is not top-1 accuracy.
    let metric: String?
    let idTwin: String?
    let homepage: String?
    let licence: String?
    let citation: String?
    /// Its file, or "embedded".
    let manifest: String

    init(_ source: DatasetManifest, _ catalog: DatasetCatalog) {
      name = source.name
      title = source.title
      description = source.description
      family = source.family
      role = source.role
      layout = source.layout
      splits = source.availableSplits.map {
        let part = source.splits[$0.rawValue]
        return Split(split: $0.rawValue, expected: part?.count, path: part?.path)
      }
      variants = source.variants
      classes = source.datasetClasses.count
      metric = source.metric
      idTwin = source.idTwin
      homepage = source.homepage
      licence = source.licence
      citation = source.citation
      manifest = if case .file(let path) = catalog.origin(of: source.name) { path } else { "embedded" }
    }
  }
}

import ArgumentParser
import CLIPCore
import Experiments
import Foundation
import NN
import PEFT
import Report
import Training

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what is in a model, a file of tensors or a run, and what a method would train.",
    discussion: """
      Architectures: \(Architectures.all.map { Architectures.prefix + $0.name }.joined(separator: ", ")).

        clipft inspect model.safetensors
        clipft inspect --model MODEL --peft all
        clipft inspect --model arch:ViT-B-16 --peft lora --option rank=32 --json
      """)

  @Argument(
    help: ArgumentHelp(
      "Model folder, run folder, safetensors file, or arch:NAME (default: --model).", valueName: "path"))
  var path: String?

  @OptionGroup var model: ModelOptions

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp("Fine-tuning methods whose parameters are counted, or 'all'.", valueName: "method"))
  var peft: [String] = []

  @OptionGroup var methodOptions: MethodOptions

  @Option(
    name: .long, help: ArgumentHelp("Classes of the head that is counted (default: 1000).", valueName: "n"))
  var classes: Int?

  @Option(help: "Towers that the methods change: vision, text or both (default: vision).")
  var towers: RunSpec.Towers?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard path == nil || model.model == nil else {
      throw ValidationError("Give a path or --model, not both.")
    }
    if let classes, !(1...1_000_000).contains(classes) {
      throw ValidationError("--classes is \(classes); give 1 to 1000000.")
    }
    guard peft.isEmpty else { return }
    try UnusedOptions.refuse(
      [
        ("--classes", classes != nil), ("--option", !methodOptions.option.isEmpty),
        ("--towers", towers != nil),
      ],
      because: "no method is counted (name one with --peft)")
  }

  func run() throws {
    let workspace = try common.start()
    var inspection = try inspect(path ?? model.source(workspace), workspace)
    if !peft.isEmpty {
      guard let config = inspection.architecture, inspection.format != .run else {
        throw ValidationError(
          "--peft needs a model whose architecture is known: a folder, arch:NAME, or a file of weights with --arch."
        )
      }
      let all = peft == ["all"]
      inspection.peft = try methods().map { method in
        do throws(MethodError) {
          return try MethodParameters(
            method, config: config, classes: classes ?? 1000, towers: (towers ?? .vision).kinds)
        } catch {
          // Of all, some may not fit the model; one that was asked for by name must.
          guard all else { throw error }
          return MethodParameters(method, problem: error)
        }
      }
    }
    try common.output(inspection) { Self.text(inspection) }
  }

  private func inspect(_ source: String, _ workspace: Workspace) throws -> Inspection {
    switch ModelSource(source) {
    case .path(let path):
      return try .path(
        ModelSource.existing(path, what: "model, run or file of tensors").path, config: model.config())
    case .architecture(let name): return .architecture(try Architectures.config(named: name), source: source)
    case .world:
      let folder = WorldModel.folder(inCache: workspace.cache, seed: 0)
      guard WorldModel.isTrained(in: folder) else {
        return .architecture(Architectures.world, source: source)
      }
      return try .path(folder.path)
    }
  }

  private func methods() throws -> [any FineTuningMethod] {
    let named = peft.flatMap { $0.split(separator: ",").map(String.init) }
    let names = named == ["all"] ? MethodRegistry.all.map { $0.name } : named
    let options = try methodOptions.values()
    guard options.isEmpty || names.count == 1 else {
      throw ValidationError("--option goes with one method; name it with --peft.")
    }
    return try names.map { try MethodRegistry.method(named: $0, options: options) }
  }

  private static func text(_ inspection: Inspection) -> String {
    var lines = ["\(inspection.format.rawValue)  \(inspection.source)"]
    if let run = inspection.run {
      lines.append(
        "run           \(run.method), \(run.status), \(run.epochs) epochs on \(run.dataset) "
          + "(\(Figures.count(run.trainImages)) images, \(run.classes) classes), model \(run.model)")
      lines.append(
        "trained       \(Figures.count(run.tunedParameters)) + head \(Figures.count(run.headParameters)), "
          + "validation \(Figures.percent(run.valTop1))%")
    }
    if let reason = inspection.clipProblem { lines.append("as a CLIP     not read: \(reason)") }
    if let config = inspection.architecture {
      let (vision, text) = (config.vision, config.text)
      lines.append(
        "image tower   \(vision.imageSize) px, patches of \(vision.patchSize), \(describe(vision.transformer))"
      )
      lines.append(
        "text tower    \(text.contextLength) tokens of \(text.vocabularySize), \(describe(text.transformer))")
      lines.append("embeddings    \(config.embeddingWidth)")
    }
    if let parameters = inspection.parameters {
      let towers = zip(["image tower", "text tower"], [parameters.vision, parameters.text]).compactMap {
        name, count in
        count.map { "\(name) \(Figures.count($0))" }
      }
      lines.append(
        "parameters    \(Figures.count(parameters.total))"
          + (towers.isEmpty ? "" : " (\(towers.joined(separator: ", ")))"))
    }
    if let head = inspection.head {
      lines.append("beside it     \(head.file.lastPathComponent): \(head.words)")
    }
    if let naming = inspection.naming { lines.append("names         \(naming)") }
    for (key, value) in (inspection.metadata ?? [:]).sorted(by: { $0.key < $1.key }) {
      lines.append("metadata      \(key): \(value.count > 80 ? value.prefix(79) + "…" : value)")
    }
    return (lines + [tensorTable(inspection), methodTable(inspection)].compactMap { $0 }).joined(
      separator: "\n")
  }

  private static func describe(_ config: TransformerConfig) -> String {
    "width \(config.width), \(config.layers) layers, \(config.heads) heads, MLP \(config.mlpWidth), "
      + config.activation.rawValue
  }

  private static func tensorTable(_ inspection: Inspection) -> String? {
    guard let tensors = inspection.tensors else { return nil }
    var table = TextTable(columns: [.init("tensor"), .init("type"), .init("shape")])
    for tensor in tensors {
      table.append([tensor.name, tensor.dtype, tensor.shape.map(String.init).joined(separator: " × ")])
    }
    return "\n" + table.text()
  }

  private static func methodTable(_ inspection: Inspection) -> String? {
    guard let methods = inspection.peft else { return nil }
    let tower = inspection.parameters?.vision ?? 0
    var table = TextTable(columns: [
      .init("method"), .init("tuned", .right), .init("of tower", .right), .init("head", .right),
      .init("merges"),
      .init("options"),
    ])
    for method in methods {
      table.append([
        method.method, method.problem == nil ? Figures.count(method.tuned) : "–",
        String(format: "%.2f%%", 100 * Double(method.tuned) / Double(max(1, tower))),
        Figures.count(method.head),
        method.mergeable ? "yes" : "no", method.options.text,
      ])
    }
    let problems = methods.compactMap { method in method.problem.map { "\(method.method): \($0)" } }
    return "\n" + table.text()
      + "\nhead: the classifier and the visual projection before it, where the method trains them"
      + (problems.isEmpty ? "" : "\n" + problems.joined(separator: "\n") + "\n")
  }
}

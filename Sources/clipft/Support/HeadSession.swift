import CLIPCore
import Experiments
import Foundation
import Training

/// Builds zero-shot heads with progress shown, or takes them from those kept in the cache.
struct HeadSession {
  private let cache: HeadCache
  private let isVerbose: Bool
  /// Prompts of each class, in place of templates.
  private let descriptions: [[String]]?

  init(_ workspace: Workspace, descriptions: [[String]]? = nil) {
    cache = HeadCache(folder: workspace.cache.appendingPathComponent("heads"))
    isVerbose = workspace.isVerbose
    self.descriptions = descriptions
  }

  func head(of model: PretrainedModel, classNames: [String], templates: [String]) throws -> ZeroShotHead {
    try head(of: model, classNames: classNames, templates: templates, maybeKept: true)
  }

  /// `maybeKept` unless the model's weights are none that its files tell.
  func head(
    of model: PretrainedModel, classNames: [String], templates: [String], maybeKept: Bool
  ) throws -> ZeroShotHead {
    let prompts =
      descriptions ?? classNames.map { name in templates.map { $0.replacing("{}", with: name) } }
    if descriptions == nil { warn(of: classNames, prompts) }
    if isVerbose { tell(prompts, of: classNames) }
    let cache = maybeKept ? cache : HeadCache(folder: nil)
    let (head, wasKept) = try cache.head(
      of: model, classNames: classNames, templates: templates, descriptions: descriptions
    ) {
      let total = prompts.reduce(0) { $0 + $1.count }
      let progress = Progress("zero-shot head", total: total, unit: "prompts")
      defer { progress.finish() }
      return try ZeroShotHead.build(
        clip: model.clip, tokenizer: model.tokenizer, classNames: classNames, prompts: prompts
      ) { done, _ in progress.set(done) }
    }
    if wasKept {
      Terminal.say("zero-shot head of \(Figures.count(classNames.count)) classes, from the cache")
    }
    return head
  }

  /// That classes are called by numbers or WordNet's identifiers, which say nothing to a text tower.
  private func warn(of names: [String], _ prompts: [[String]]) {
    let isNumber = names.allSatisfy { Int($0) != nil }
    let isIdentifier = names.allSatisfy { $0.count == 9 && $0.first == "n" && Int($0.dropFirst()) != nil }
    guard isNumber || isIdentifier, let prompt = prompts.first?.first else { return }
    Terminal.warn(
      "classes are called by \(isNumber ? "numbers" : "WordNet's identifiers"), and prompts by them (\"\(prompt)\"): no text tower "
        + "knows what is meant; give names with --classes, or for prompts alone with --prompt-names")
  }

  /// Every prompt of every class.
  private func tell(_ prompts: [[String]], of classNames: [String]) {
    for (name, prompts) in zip(classNames, prompts) {
      Terminal.say("prompts of \(name):\n" + prompts.map { "  " + $0 }.joined(separator: "\n"))
    }
  }
}

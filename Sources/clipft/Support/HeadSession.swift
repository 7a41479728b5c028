import CLIPCore
import Experiments
import Foundation
import Training

/// Builds zero-shot heads with progress shown, or takes them from those kept in the cache.
struct HeadSession {
  let cache: HeadCache

  init(_ workspace: Workspace) {
    cache = HeadCache(folder: workspace.cache.appendingPathComponent("heads"))
  }

  func head(of model: PretrainedModel, classNames: [String], templates: [String]) throws -> ZeroShotHead {
    try head(of: model, classNames: classNames, templates: templates, maybeKept: true)
  }

  /// `maybeKept` unless the model's weights are none that its files tell.
  func head(
    of model: PretrainedModel, classNames: [String], templates: [String], maybeKept: Bool
  ) throws -> ZeroShotHead {
    let cache = maybeKept ? cache : HeadCache(folder: nil)
    let (head, wasKept) = try cache.head(of: model, classNames: classNames, templates: templates) {
      let progress = Progress("zero-shot head", total: classNames.count * templates.count, unit: "prompts")
      defer { progress.finish() }
      return try ZeroShotHead.build(
        clip: model.clip, tokenizer: model.tokenizer, classNames: classNames, templates: templates
      ) { done, _ in progress.set(done) }
    }
    if wasKept {
      Terminal.say("zero-shot head of \(Figures.count(classNames.count)) classes, from the cache")
    }
    return head
  }
}

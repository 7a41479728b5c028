import CLIPCore
import Checkpoint
import Foundation
import ImageCodec
import Tokenizer
import Training
import WiSE

/// Two models with weights between which one may interpolate: of one architecture, that see images alike.
public struct ModelPair {
  public let from: PretrainedModel
  public let to: PretrainedModel
  public let weights: WeightEndpoints

  /// Throws, saying what differs, unless the models have the same tensors and compute the same with them. `named` is what they
  /// are called.
  public init(
    from: PretrainedModel, to: PretrainedModel, named: (from: String, to: String)
  ) throws {
    let weights = (from.clip.store.state(), to.clip.store.state())
    try Interpolation.requireSameTensors(weights.0, weights.1)
    func refuse(_ reason: String) -> TrainingError { Self.refusal(named, reason) }
    guard from.clip.config.computesAs(to.clip.config) else {
      throw refuse(
        "their tensors are the same, but their configurations say that other things are done with them (activation, heads or "
          + "epsilon); correct the configuration that is wrong")
    }
    guard from.preprocessing == to.preprocessing else {
      throw refuse(
        "they see other pixels of an image (resizing, mean or deviation); put the same preprocessing beside both"
      )
    }
    (self.from, self.to) = (from, to)
    self.weights = WeightEndpoints(pretrained: weights.0, finetuned: weights.1)
  }

  /// Throws, naming the first, where the models' tokenizers make other tokens of a text: no head lies between theirs then. They may
  /// be of other formats, and differ in what the texts do not have.
  public func requireSameTokens(of texts: [String], named: (from: String, to: String)) throws {
    let length = to.clip.config.text.contextLength
    let odd = texts.first {
      from.tokenizer.tokens(for: $0, contextLength: length)
        != to.tokenizer.tokens(for: $0, contextLength: length)
    }
    if let odd {
      throw Self.refusal(
        named, "their tokenizers read other tokens in \"\(odd)\"; put the same tokenizer beside both")
    }
  }

  private static func refusal(_ named: (from: String, to: String), _ reason: String) -> TrainingError {
    .notComparable("\(named.from) and \(named.to) cannot be interpolated: \(reason).")
  }

  /// A model, and the same with an adapter of peft folded into its weights, which are written over. Throws where the adapter does
  /// not fit, naming its file.
  public init(_ model: PretrainedModel, adapter folder: URL) throws {
    let start = model.clip.store.state()
    (from, to) = (model, try model.merging(adapterAt: folder))
    weights = WeightEndpoints(pretrained: start, finetuned: to.clip.store.state())
  }
}

extension CLIPConfig {
  /// Whether equal weights compute equally. Where a text ends is found in either of two ways, which agree wherever tokens
  /// do.
  fileprivate func computesAs(_ other: CLIPConfig) -> Bool {
    var other = other
    other.text.pooling = text.pooling
    return self == other
  }
}

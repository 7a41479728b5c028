import TensorCore

/// Every fine-tuning method, by name. A new method is one file and one line here; contract tests iterate this list.
///
/// What is new comes at the end: the place of a method is what its colour and mark in reports are chosen by.
public enum MethodRegistry {
  public static let all: [any FineTuningMethod.Type] = [
    Full.self,
    LinearProbe.self,
    BitFit.self,
    LayerNormTuning.self,
    DiffFit.self,
    SSF.self,
    Partial.self,
    VPTShallow.self,
    VPTDeep.self,
    VQT.self,
    Houlsby.self,
    Pfeiffer.self,
    AdaptFormer.self,
    ConvPass.self,
    RepAdapter.self,
    LoRA.self,
    FacTTT.self,
    FacTTK.self,
    DoRA.self,
    VeRA.self,
    IA3.self,
    PiSSA.self,
    HiRA.self,
    DeLoRA.self,
    RandLoRA.self,
    OFT.self,
    CLIPSVD.self,
    SCT.self,
    RAdapter.self,
    CoOp.self,
    TaskRes.self,
    CLIPAdapter.self,
    TipAdapter.self,
    TipAdapterF.self,
  ]

  /// The method called `name` with options given as text, such as `["rank": "8"]`; on the embedded world, with its own
  /// there.
  public static func method(
    named name: String, options: [String: String] = [:], onWorld: Bool = false
  ) throws(MethodError) -> any FineTuningMethod {
    guard let type = all.first(where: { $0.name == name }) else {
      throw .unknownMethod(name, known: all.map { $0.name })
    }
    let own = onWorld ? type.training.worldOptions : [:]
    return try type.init(options: own.merging(options) { $1 })
  }

  /// The method called `name` with options as a record has them.
  public static func method(
    named name: String, recorded options: [String: OptionValue]
  ) throws(MethodError) -> any FineTuningMethod {
    try method(named: name, options: options.mapValues(\.description))
  }
}

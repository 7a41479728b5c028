/// Full fine-tuning: every parameter of the image tower.
public struct Full: FineTuningMethod {
  public static let name = "full"
  public static let summary = "Trains every parameter of the image tower."
  public static let citation =
    "Radford et al., Learning Transferable Visual Models From Natural Language Supervision, ICML 2021"

  public init(options: NoOptions) {}

  public func isTrainable(_ path: String) -> Bool { true }
}

import ArgumentParser

/// Choices that a fine-tuning method offers.
struct MethodOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp(
      "An option of the method; may be repeated (defaults and valid values: clipft inspect --peft METHOD).",
      valueName: "name=value"))
  var option: [String] = []

  func validate() throws { _ = try values() }

  /// Values by name.
  func values() throws -> [String: String] { try Self.values(option) }

  /// Values by name, of `name=value` each.
  static func values(_ pairs: [String]) throws -> [String: String] {
    var options: [String: String] = [:]
    for pair in pairs {
      let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw ValidationError("--option takes name=value, as in --option rank=16, not '\(pair)'.")
      }
      guard options.updateValue(parts[1], forKey: parts[0]) == nil else {
        throw ValidationError("--option sets \(parts[0]) twice; leave one of them away.")
      }
    }
    return options
  }
}

import ArgumentParser

/// Choices that a fine-tuning method offers.
struct MethodOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp("An option of the method; may be repeated.", valueName: "name=value"))
  var option: [String] = []

  /// Values by name.
  func values() throws -> [String: String] {
    var options: [String: String] = [:]
    for pair in option {
      let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw ValidationError("--option takes name=value, not '\(pair)'.") }
      options[parts[0]] = parts[1]
    }
    return options
  }
}

/// Words that can be pasted into a shell.
package enum ShellWord {
  /// The word as it is if a shell leaves it so, else in quotes.
  package static func quoted(_ word: String) -> String {
    let plain =
      !word.isEmpty
      && word.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "-_./:=,+@%".utf8.contains(byte)
        }
      }
    return plain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }

  /// The command line that is being carried out.
  package static var thisCommand: String { command(["clipft"] + CommandLine.arguments.dropFirst()) }

  /// A command line that can be pasted.
  package static func command(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }
}

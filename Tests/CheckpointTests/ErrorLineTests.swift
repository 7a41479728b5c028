import Checkpoint
import Testing

/// Names in files are anybody's text; the errors that quote them are ours.
@Suite("Errors that quote files")
struct ErrorLineTests {
  @Test("An error is one line, without what terminals obey, whatever a name holds")
  func oneLine() {
    let error = CheckpointError.missingTensor(file: "a.pt", name: "x\u{1B}[31m\nWarning:\u{2028}\u{9B}é🎈")
    #expect(error.description.contains("x\u{FFFD}[31m\u{FFFD}Warning:\u{FFFD}\u{FFFD}é🎈"))
  }

  @Test("A long name leaves the file and the advice readable")
  func length() {
    let error = CheckpointError.missingTensor(file: "a.pt", name: String(repeating: "x", count: 1_000_000))
    #expect(error.description.count < 2000)
    #expect(error.description.hasPrefix("a.pt: there is no tensor 'xxx"))
    #expect(error.description.hasSuffix("with `clipft inspect`"))
  }
}

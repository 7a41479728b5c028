import Experiments
import Foundation
import PEFT
import Testing
import Training

@Suite("The reference of methods")
struct MethodReferenceTests {
  private let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "docs/methods.md")

  @Test("docs/methods.md says of every method what the program says (make docs writes it)")
  func isCurrent() throws {
    let text = try MethodReference.markdown()
    if ProcessInfo.processInfo.environment["CLIPFT_WRITE_DOCS"] != nil {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == text, "run make docs")
    for type in MethodRegistry.all { #expect(text.contains("## \(type.name)\n")) }
  }

  @Test("Every method's recipe for photographs is there, and its world rate can train")
  func training() throws {
    for type in MethodRegistry.all {
      _ = try Recipe.named(type.training.photographs)
      #expect(type.training.worldRate > 0 && type.training.worldEpochs > 0)
    }
  }
}

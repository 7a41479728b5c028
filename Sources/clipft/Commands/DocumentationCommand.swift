import ArgumentParser
import Checkpoint
import Foundation
import TensorCore

/// Writes what is said of the program beside it. Hidden from help, since `make` is who asks for it.
struct DocumentationCommand: ParsableCommand {
  enum Form: String, ExpressibleByArgument, CaseIterable {
    case man, markdown
  }

  static let configuration = CommandConfiguration(
    commandName: "documentation", abstract: "Write the reference of all commands.",
    discussion: """
      As manual pages, or as the Markdown of docs/. `make install` and `make docs` do so.

        clipft documentation man man1
        clipft documentation markdown reference
      """, shouldDisplay: false)

  @Argument(help: "man or markdown.") var form: Form
  @Argument(help: "Folder to make.") var folder: String

  func run() throws {
    guard let program = CommandTable.program else { throw UnknownTable() }
    let files =
      switch form {
      case .man: ManualPages.files(of: program)
      case .markdown: MarkdownPages.files(of: program)
      }
    let place = URL(fileURLWithPath: folder)
    try NewOutput.requireFree(place)
    try NewOutput.folder(at: place) { temporary in
      for (name, text) in files.sorted(by: { $0.key < $1.key }) {
        let file = temporary.appendingPathComponent(name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try AtomicFile.write(Data(text.utf8), to: file)
      }
    }
  }

  private struct UnknownTable: ClassifiedError {
    let kind = FailureKind.internalError
    let description =
      "The argument parser describes its commands otherwise than known; build with the version in Package.swift."
  }
}

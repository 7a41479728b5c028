import ArgumentParser
import Datasets
import Experiments
import Foundation
import Report

extension DatasetsCommand {
  struct CheckSubcommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check", abstract: "Compare what is on disk with what should be.",
      discussion: """
        Counts images and those of each class, and files that are not used. Of data without a manifest, and with --decode \
        of all, every file is read, too: those that cannot be are listed, images that are there several times, under several \
        classes, or in several of the sets named. Ends with a failure where something is missing, incomplete or damaged. What \
        was found of files is kept: a check that was interrupted goes on where it was, and one that comes again looks at \
        those alone that changed.

          clipft datasets check imagenet-r folder:photos --decode
          clipft datasets check imagenet --decode --json
        """)

    @Argument(
      help: ArgumentHelp(
        "Datasets: names of manifests, \(DatasetLayouts.forms).", valueName: "data"))
    var datasets: [String]

    @Flag(name: .long, help: "Decode every image, too.")
    var decode = false

    @OptionGroup var place: Place
    @OptionGroup var common: CommonOptions

    func run() throws {
      let workspace = try common.start()
      let catalog = place.catalog(workspace)
      let journals = workspace.cache.appendingPathComponent("checks")
      var checks: [DatasetCheck] = []
      for dataset in datasets {
        let specifier = try DatasetSpecifier.parse(dataset).absolute.text
        var progress: Progress?
        let journal = CheckJournal(of: "\(specifier)\n\(catalog.dataRoot)", in: journals)
        let options = CheckOptions(
          decodes: decode, journal: journal,
          onStart: {
            progress?.finish()
            progress = Progress($0, total: $1, unit: "images")
          },
          onProgress: {
            progress?.advance(by: $0)
            if journal.isKept {
              Interrupt.say(
                whenStopped:
                  "Stopped; what was found of files so far is kept, and the same command goes on there.")
            }
            if Interrupt.isRequested { throw Interrupted() }
          })
        defer { progress?.finish() }
        checks += try catalog.check(dataset, options: options)
      }
      let shared = SharedImages.among(checks)
      for warning in checks.flatMap(Self.warnings) + shared.map(\.words) { Terminal.warn(warning) }
      try common.output(Output(datasets: checks.map { Row($0, decoded: decode) }, shared: shared)) {
        Self.text(checks)
      }
      if let failure = checks.lazy.compactMap(\.failure).first { throw failure }
    }

    private static func warnings(_ check: DatasetCheck) -> [String] {
      guard let contents = check.contents else { return [] }
      var warnings = contents.contradictions.map { ["\(check.dataset): \($0.words)"] } ?? []
      if let copies = contents.copies.first(where: { !$0.contradicts }) {
        let images = contents.surplus == 1 ? "1 image is" : "\(Figures.count(contents.surplus)) images are"
        warnings.append(
          "\(check.dataset): \(images) a copy of another of the class, such as \(copies.paths.prefix(2).joined(separator: " and "))"
        )
      }
      return warnings
    }

    private static func text(_ checks: [DatasetCheck]) -> String {
      var table = TextTable(columns: [
        .init("dataset"), .init("found", .right), .init("expected", .right), .init("classes"),
        .init("status"),
        .init("files"), .init("sides"), .init("left out"),
      ])
      for check in checks {
        table.append([
          check.dataset, check.found.map(Figures.count) ?? "–", check.expected.map(Figures.count) ?? "–",
          check.classes?.words ?? "–", check.status, check.contents?.bytes.map(size) ?? "–",
          sides(check.contents) ?? "–", LeftOutFiles.words(check.leftOut),
        ])
      }
      let bad = checks.flatMap { check in
        (check.contents?.bad ?? []).map { "\(check.dataset): \($0.problem)" }
      }
      return ([table.text()] + bad).joined(separator: "\n")
    }

    /// The least, the middle and the most, in thousands of bytes.
    private static func size(_ bytes: DatasetContents.Range) -> String {
      let words = [bytes.least, bytes.median, bytes.most].map { String(format: "%.1f", Double($0) / 1000) }
      return words.joined(separator: "/") + " kB"
    }

    private static func sides(_ contents: DatasetContents?) -> String? {
      guard let shorter = contents?.shorterSide, let longer = contents?.longerSide else { return nil }
      return "\(shorter.least)–\(longer.most) px"
    }

    private struct Output: Encodable {
      let datasets: [Row]
      /// Images that are in two of the sets.
      let shared: [SharedImages]
    }

    /// What `--json` prints of a split.
    private struct Row: Encodable {
      let dataset: String
      let split: String?
      let status: String
      let expected: Int?
      let found: Int?
      let classes: DatasetCheck.ClassCounts?
      let emptyClasses: [String]?
      let leftOut: [String: Int]
      let problem: String?
      /// Whether images were decoded; if not, a bad image is one that cannot be read at all.
      let decoded: Bool
      let badImages: [SkippedImage]?
      let copies: [DatasetContents.Copies]?
      let contradictingLabels: ContradictingLabels?
      let fileBytes: DatasetContents.Range?
      let shorterSide: DatasetContents.Range?
      let longerSide: DatasetContents.Range?

      init(_ check: DatasetCheck, decoded: Bool) {
        self.decoded = decoded
        dataset = check.dataset
        split = check.split?.rawValue
        status = check.status
        expected = check.expected
        found = check.found
        classes = check.classes
        emptyClasses = check.classes?.empty
        leftOut = check.leftOut
        problem = check.failure?.description
        let contents = check.contents
        badImages = contents?.bad
        copies = contents?.copies
        contradictingLabels = contents?.contradictions
        (fileBytes, shorterSide, longerSide) = (contents?.bytes, contents?.shorterSide, contents?.longerSide)
      }
    }
  }
}

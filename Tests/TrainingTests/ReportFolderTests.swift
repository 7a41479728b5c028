import Experiments
import Foundation
import Report
import TestSupport
import Testing

/// A report's folder holds one report, whole, and nothing of anybody else is touched.
@Suite("The folder of a report")
struct ReportFolderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var report: URL { folder.file("report") }

  private func document(shifts: [String]) -> ReportDocument {
    func point(_ alpha: Double) -> CurvePoint {
      CurvePoint(
        alpha: alpha, target: Score(top1: 0.5 + alpha / 10, n: 100),
        shifts: Dictionary(uniqueKeysWithValues: shifts.map { ($0, Score(top1: 0.4, n: 100)) }))
    }
    return ReportDocument(
      title: "A report", zeroShot: point(0),
      methods: [
        MethodResult(name: "lora", tunedParameters: 8, headParameters: 4, curve: [0, 0.5, 1].map(point))
      ])
  }

  /// A program in place of rsvg-convert that does as a shell script says.
  private func converter(_ script: String) throws -> FigureConverter? {
    let bin = folder.file("bin")
    try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
    let program = try folder.write("#!/bin/sh\n\(script)\n", to: "bin/\(FigureConverter.program)")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    return FigureConverter(path: "/nonexistent:\(bin.path)")
  }

  @discardableResult
  private func write(
    _ shifts: [String], _ converter: FigureConverter? = nil
  ) throws -> ReportFolder.Written {
    try ReportFolder(url: report, converter: converter)
      .write(document(shifts: shifts), results: DelimitedTable(columns: ["a"]))
  }

  private func contents() throws -> Set<String> {
    Set(try FileManager.default.subpathsOfDirectory(atPath: report.path))
  }

  @Test("has every figure and table, and one note names what to install where drawings cannot be converted")
  func withoutConverter() throws {
    let written = try write(["a", "b"])
    #expect(written.earlier == nil)
    #expect(
      written.notes.count == 1 && written.notes[0].contains("rsvg-convert, of the package librsvg2-bin"))
    let names = try contents()
    for name in [
      "report.html", "report.json", "figure.svg", "results.csv", "figures/each-shift-single.svg",
      "figures/target-against-shift-double.svg", "tables/methods.csv", "tables/methods.tex",
      "tables/points.md",
    ] { #expect(names.contains(name), "\(name)") }
    #expect(!names.contains { $0.hasSuffix(".png") || $0.hasSuffix(".pdf") })
    #expect(FigureConverter(path: folder.url.path) == nil && FigureConverter(path: nil) == nil)
  }

  @Test("has PDF and PNG of every drawing where they can be made, PNG at 300 dots an inch")
  func conversion() throws {
    let written = try write(["a"], try converter(#"echo "$@""#))
    #expect(written.notes.isEmpty)
    let names = try contents()
    let drawings = names.filter { $0.hasPrefix("figures/") && $0.hasSuffix(".svg") }
    #expect(drawings.count == 2)
    for drawing in drawings {
      for suffix in ["pdf", "png"] { #expect(names.contains(drawing.dropLast(3) + suffix)) }
    }
    let made = try String(
      contentsOf: report.appendingPathComponent("figures/target-against-shift-single.png"), encoding: .utf8)
    #expect(made.hasPrefix("--format=png --dpi-x=300 --dpi-y=300 ") && made.contains("-single.svg"))
  }

  @Test("leaves nothing of the report before, however that was made")
  func stale() throws {
    try write(["a", "b"], try converter("echo made"))
    #expect(try contents().contains("figures/each-shift-single.png"))
    try folder.write("mine", to: "report/figures/mine.svg")
    let written = try write(["a"])
    #expect(written.earlier?.methods.map(\.name) == ["lora"])
    let names = try contents()
    #expect(!names.contains { $0.contains("each-shift") || $0.hasSuffix(".png") || $0.hasSuffix(".pdf") })
    #expect(names.contains("figures/mine.svg") && names.contains("figures/target-against-shift-single.svg"))
  }

  @Test("is refused whole where a file of one of its names is somebody else's")
  func foreign() throws {
    for name in ["figures/target-against-shift-double.svg", "tables/rules.csv", "tables/points.tex"] {
      try? FileManager.default.removeItem(at: report)
      let place = report.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
      try folder.write("mine", to: "report/\(name)")
      if name == "tables/rules.csv" {
        // No rule chose, so there is no such table and nobody's file is in the way.
        try write(["a"])
      } else {
        #expect(throws: (any Error).self) { try write(["a"]) }
        #expect(!(try contents().contains("report.html")))
      }
      #expect(try String(contentsOf: place, encoding: .utf8) == "mine")
    }
  }

  @Test("never follows a list out of the folder")
  func hostileList() throws {
    try write(["a"])
    try folder.write("mine", to: "outside.svg")
    for path in [
      "../outside.svg", "figures/../../outside.svg", "/etc/passwd", "figures/a/b.svg", "", "other/x.svg",
      "figures", "data",
    ] {
      try folder.write(JSONEncoder().encode([path]), to: "report/report-files.json")
      #expect(throws: (any Error).self, "\(path)") { try write(["a"]) }
    }
    try folder.write("not a list", to: "report/report-files.json")
    #expect(throws: (any Error).self) { try write(["a"]) }
    #expect(FileManager.default.fileExists(atPath: folder.file("outside.svg").path))
  }

  @Test("is whole although conversion fails, and the note says why")
  func failure() throws {
    try write(["a"], try converter("echo made"))
    let written = try write(["a"], try converter("echo out of memory >&2; exit 3"))
    #expect(written.notes.count == 1)
    #expect(written.notes[0].contains("4 files") && written.notes[0].contains("“out of memory”"))
    #expect(!(try contents().contains { $0.hasSuffix(".png") }))
    #expect(try contents().contains("report.html"))
    try write(["a"])
  }
}

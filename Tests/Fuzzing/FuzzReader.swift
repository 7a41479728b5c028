import Foundation

/// The files of one input, by name; all of them lie in one folder.
typealias FuzzFiles = [String: Data]

/// Something that reads files from outside, with files that it reads well.
struct FuzzReader: Sendable {
  let name: String
  /// Whole inputs that must be accepted as they are.
  let seeds: [FuzzFiles]
  /// Names of the files that are damaged, one or more at a time.
  let targets: [String]
  /// Words of the format.
  var words: [String] = []
  /// Damages deeper than bytes, such as under a checksum that is then set right; else the bytes as they are.
  var damage: @Sendable (_ bytes: inout [UInt8], _ others: [[UInt8]], _ mutator: inout Mutator) -> Void = {
    $2.mutate(&$0, others: $1)
  }
  /// Reads everything there is to read in the folder. Throws what the reader throws.
  let read: @Sendable (_ folder: URL) throws -> Void

  /// Input number `index` of a series: first the seeds, then damaged ones. The same for the same `series`.
  func input(_ index: Int, series: UInt64) -> FuzzFiles {
    if index < seeds.count { return seeds[index] }
    var mutator = Mutator(random: .init(series, UInt64(index)), words: words)
    var files = seeds[mutator.random.int(below: seeds.count)]
    let present = targets.filter { files[$0] != nil }
    guard !present.isEmpty else { return files }
    let others = seeds.flatMap { seed in targets.compactMap { seed[$0].map { [UInt8]($0) } } }
    for name in present where present.count == 1 || mutator.random.chance(0.6) {
      var bytes = [UInt8](files[name] ?? Data())
      damage(&bytes, others, &mutator)
      files[name] = Data(bytes)
    }
    return files
  }
}

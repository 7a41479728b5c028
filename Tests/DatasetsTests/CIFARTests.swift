import Datasets
import Foundation
import TestSupport
import Testing

/// CIFAR's binary files.
@Suite("CIFAR's binary files")
struct CIFARTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A record whose pixel p of plane c is (seed + p + 100 c) mod 256.
  private func record(_ labels: [UInt8], seed: Int) -> Data {
    let pixels = (0..<3072).map { (index: Int) -> UInt8 in
      let (plane, place) = index.quotientAndRemainder(dividingBy: 1024)
      return UInt8((seed + place + 100 * plane) % 256)
    }
    return Data(labels + pixels)
  }

  @Test("CIFAR-10: labels, names, order over files, and pixels")
  func ten() throws {
    try folder.file(at: "c/batches.meta.txt", "airplane\nautomobile\n\n")
    for file in 1...5 {
      try folder.file(
        at: "c/data_batch_\(file).bin", record([UInt8(file % 2)], seed: file) + record([0], seed: 7))
    }
    try folder.file(at: "c/test_batch.bin", record([1], seed: 9))
    let catalog = DatasetCatalog(environment: [:], dataRoot: folder.url.path)
    let specifier = try DatasetSpecifier.parse("cifar:" + folder.path("c"))
    #expect(try catalog.splits(of: specifier) == [.train, .test])
    let train = try catalog.open(specifier, options: DatasetOptions(split: .train))
    #expect(
      train.classNames == ["airplane", "automobile"] && train.labels == [1, 0, 0, 0, 1, 0, 0, 0, 1, 0])
    #expect(train.paths[3] == "data_batch_2.bin/1")
    let image = try train.image(at: 4)
    #expect(image.width == 32 && image.height == 32)
    // Row 1, column 2: the 34th pixel of each plane.
    let expected: [UInt8] = [37, 137, 237]
    #expect(Array(image.pixels[102..<105]) == expected)
    // Labels follow classes that are known.
    let options = DatasetOptions(split: .test, classes: ["automobile", "airplane"])
    #expect(try catalog.open(specifier, options: options).labels == [0])
  }

  @Test("CIFAR-100: the fine label counts, and what is cut or out of range is refused")
  func hundred() throws {
    try folder.file(at: "c/fine_label_names.txt", "apple\naquarium_fish\n")
    try folder.file(at: "c/test.bin", record([9, 1], seed: 1))
    func open(_ split: DatasetSplit = .test) throws -> any ImageDataset {
      try CIFARBinaries(argument: folder.path("c")).open(
        LayoutRequest(split: split, name: "c", role: .target))
    }
    #expect(try open().labels == [1] && open().classNames == ["apple", "aquarium fish"])
    #expect(throws: DatasetError.self) { try open(.train) }
    #expect(throws: DatasetError.self) { try open(.val) }
    try folder.file(at: "c/test.bin", record([9, 2], seed: 1))
    #expect(throws: DatasetError.self) { try open() }
    try folder.file(at: "c/test.bin", record([9, 1], seed: 1).dropLast())
    #expect(throws: DatasetError.self) { try open() }
    #expect(throws: DatasetError.self) {
      try CIFARBinaries(argument: folder.url.path).open(LayoutRequest(split: .test, name: "c", role: .target))
    }
  }
}

import Datasets
import Foundation
import ImageCodec
import TensorCore

/// Labelled images as captioned ones: each is shown with a prompt that names its class.
public struct CaptionedDataset: CaptionedImages {
  private let loaders: [BatchLoader]
  /// Which loader and which of its images, for every image.
  private let origins: [(loader: Int, index: Int)]
  private let templates: [String]
  private let seed: UInt64

  public init(
    _ datasets: [any ImageDataset], templates: [String], preprocessing: Preprocessing,
    augmentation: TrainAugmentation?, seed: UInt64
  ) throws(DatasetError) {
    self.templates = templates
    self.seed = seed
    var loaders: [BatchLoader] = []
    for dataset in datasets {
      loaders.append(
        try BatchLoader(
          dataset: dataset, preprocessing: preprocessing, augmentation: augmentation, batchSize: 1, seed: seed
        ))
    }
    self.loaders = loaders
    origins = loaders.enumerated().flatMap { number, loader in (0..<loader.count).map { (number, $0) } }
  }

  public var name: String { loaders.map(\.dataset.name).joined(separator: "+") }

  public var count: Int { origins.count }

  /// Every caption that can occur.
  public var captions: [String] {
    Set(loaders.flatMap(\.dataset.classNames)).sorted().flatMap { name in
      templates.map { $0.replacing("{}", with: name) }
    }
  }

  /// Images come in a new random order each time all have been seen.
  public func batch(step: Int, size: Int) throws(DatasetError) -> (images: Tensor, captions: [String]) {
    var rows: [(epoch: Int, image: Int)] = []
    var order: (epoch: Int, images: [Int])?
    for position in step * size..<(step + 1) * size {
      let epoch = position / count
      if order?.epoch != epoch {
        var random = SeededRandom(SeededRandom.seed(seed, named: "pretraining order"), UInt64(epoch))
        order = (epoch, random.permutation(count))
      }
      rows.append((epoch, order?.images[position % count] ?? 0))
    }
    var images: Tensor?
    var captions: [String] = []
    for start in Self.runs(of: rows.map { origins[$0.image].loader + $0.epoch * loaders.count }) {
      let part = rows[start]
      let loader = loaders[origins[rows[start.lowerBound].image].loader]
      let batch = try loader.batch(part.map { origins[$0.image].index }, epoch: rows[start.lowerBound].epoch)
      let all = images ?? Tensor(uninitialized: [size] + batch.images.shape.dropFirst())
      all.rows(start).mutableBytes.copyMemory(from: batch.images.bytes)
      images = all
      for (label, row) in zip(batch.labels, part) {
        var random = SeededRandom(
          SeededRandom.seed(seed, named: "captions"), UInt64(row.epoch), UInt64(row.image))
        let name = loader.dataset.classNames[Int(label)]
        captions.append(templates[random.int(below: templates.count)].replacing("{}", with: name))
      }
    }
    return (images ?? Tensor(zeros: [0]), captions)
  }

  /// Ranges of equal neighbours.
  private static func runs(of values: [Int]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for (position, value) in values.enumerated() {
      if let last = runs.last, values[last.lowerBound] == value {
        runs[runs.count - 1] = last.lowerBound..<position + 1
      } else {
        runs.append(position..<position + 1)
      }
    }
    return runs
  }
}

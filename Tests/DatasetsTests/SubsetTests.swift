import Datasets
import Testing

@Suite("Splits, shots and subsets")
struct SubsetTests {
  @Test("an image that a list names again goes to one part with all its copies, and counts once as a shot")
  func repeated() throws {
    let whole = try SampleImages.dataset(count: 12)
    let again = try whole.subset((0..<12).flatMap { [$0, $0, $0] })
    let parts = try again.split(validationFraction: 0.5, seed: 3)
    #expect(Set(parts.train.paths).isDisjoint(with: parts.val.paths))
    #expect(parts.train.count + parts.val.count == 36 && parts.val.count == 18)
    let shots = try again.shots(perClass: 2, seed: 3)
    #expect(shots.count == 6 && Set(shots.paths).count == 6)
    #expect(again.classes(withFewerThan: 5).count == 3, "four images a class, however often listed")
  }

  @Test("a split is stratified, complete, without overlap, and the same for the same seed")
  func split() throws {
    let dataset = try SampleImages.dataset(count: 60, classes: 3)
    let (train, val) = try dataset.split(validationFraction: 0.2, seed: 5)
    #expect((0..<3).map { label in val.labels.count { $0 == label } } == [4, 4, 4])
    #expect(Set(train.indices).isDisjoint(with: val.indices))
    #expect(Set(train.indices + val.indices) == Set(0..<60))
    #expect(try dataset.split(validationFraction: 0.2, seed: 5).val.indices == val.indices)
    #expect(try dataset.split(validationFraction: 0.2, seed: 6).val.indices != val.indices)
    #expect(val.derivation.contains("seed 5"))
  }

  @Test("every class keeps an image for training and, if it can, has one for validation")
  func smallClasses() throws {
    let dataset = try SampleImages.dataset(count: 5, classes: 3)
    let (train, val) = try dataset.split(validationFraction: 0.01, seed: 0)
    #expect(Set(train.labels) == [0, 1, 2])
    #expect(val.labels.sorted() == [0, 1])
    #expect(try dataset.split(validationFraction: 0.99, seed: 0).train.labels.sorted() == [0, 1, 2])
    #expect(throws: DatasetError.self) { try dataset.split(validationFraction: 1, seed: 0) }
  }

  @Test("shots are as many of each class as asked for, or all there are")
  func shots() throws {
    let dataset = try SampleImages.dataset(count: 20, classes: 3)
    let few = try dataset.shots(perClass: 4, seed: 1)
    #expect((0..<3).map { label in few.labels.count { $0 == label } } == [4, 4, 4])
    #expect(try dataset.shots(perClass: 100, seed: 1).count == 20)
    #expect(try dataset.shots(perClass: 4, seed: 1).indices == few.indices)
    #expect(try dataset.shots(perClass: 4, seed: 2).indices != few.indices)
    #expect(throws: DatasetError.self) { try dataset.shots(perClass: 0, seed: 1) }
  }

  @Test("with one image a class, all train and none validates; classes with few images are named")
  func oneImage() throws {
    let dataset = try SampleImages.dataset(count: 3, classes: 3)
    let (train, val) = try dataset.split(validationFraction: 0.1, seed: 0)
    #expect(train.count == 3 && val.count == 0 && val.classes == train.classes)
    #expect(val.classesWithoutImages == dataset.classes)
    #expect(throws: DatasetError.self) {
      try PreparedDataset(dataset: val, preprocessing: SampleImages.plain)
    }
    let none = try PreparedDataset(dataset: val, preprocessing: SampleImages.plain, allowsEmpty: true)
    #expect(none.count == 0 && none.ranges(batchSize: 4).isEmpty)
    let uneven = try SampleImages.dataset(count: 4, classes: 3)
    #expect(uneven.classes(withFewerThan: 2).map(\.name) == ["class 1", "class 2"])
    #expect(uneven.classes(withFewerThan: 1).isEmpty)
  }

  @Test("a subset shows the images asked for, in their order")
  func subset() throws {
    let dataset = try SampleImages.dataset(count: 6)
    let subset = try dataset.subset([4, 1])
    #expect(subset.paths == ["4.png", "1.png"] && subset.labels == [1, 1])
    #expect(throws: DatasetError.self) { try dataset.subset([6]) }
  }
}

import Datasets
import Testing

@Suite("The embedded world")
struct WorldTests {
  let world = World(seed: 7)

  @Test("names at least 16 things, each once")
  func classes() {
    #expect(World.classNames.count >= 16)
    #expect(Set(World.classNames).count == World.classNames.count)
  }

  @Test("the same seed, set and index give the same image", arguments: World.Domain.allCases)
  func repeatable(domain: World.Domain) {
    let first = world.sample(domain: domain, split: .test, index: 11)
    let second = World(seed: 7).sample(domain: domain, split: .test, index: 11)
    #expect(first.image == second.image)
    #expect(first.label == second.label)
    #expect(first.caption == second.caption)
  }

  @Test("another seed, split, domain or index gives another image")
  func independent() {
    let image = world.sample(domain: .target, split: .test, index: 3).image
    #expect(World(seed: 8).sample(domain: .target, split: .test, index: 3).image != image)
    #expect(world.sample(domain: .target, split: .val, index: 3).image != image)
    #expect(world.sample(domain: .v2, split: .test, index: 3).image != image)
    #expect(world.sample(domain: .target, split: .test, index: 19).image != image)
  }

  @Test(
    "any run of images as long as there are classes shows each class once", arguments: World.Domain.allCases)
  func balanced(domain: World.Domain) {
    let classes = World.classNames.count
    let labels = (5..<5 + classes).map { world.sample(domain: domain, split: .train, index: $0).label }
    #expect(Set(labels) == Set(0..<classes))
  }

  @Test("captions name the thing that is shown, in words that the tokenizer was trained on")
  func captions() {
    let known = Set(World.pretrainingCaptions)
    for index in 0..<400 {
      let sample = world.captioned(index: index)
      #expect(sample.caption.split(separator: " ").contains(Substring(World.classNames[sample.label])))
      #expect(known.contains(sample.caption))
    }
  }

  @Test("each prompt is a caption that pre-training can show")
  func prompts() {
    let known = Set(World.pretrainingCaptions)
    for template in World.promptTemplates {
      for name in World.classNames { #expect(known.contains(template.replacing("{}", with: name))) }
    }
  }

  @Test(
    "images have the asked size, and sizes out of range are moved into it",
    arguments: [(8, 8), (33, 33), (-4, 8)])
  func sizes(asked: Int, given: Int) {
    let image = World(seed: 1, size: asked).sample(domain: .a, split: .val, index: 0).image
    #expect(image.width == given)
    #expect(image.height == given)
    #expect(image.pixels.count == 3 * given * given)
  }

  @Test("a negative or huge index is an image like any other", arguments: [-1, Int.min, Int.max])
  func extremeIndices(index: Int) {
    #expect(World.classNames.indices.contains(world.captioned(index: index).label))
  }

  @Test("every thing is visible: its image is not its background alone", arguments: 0..<16)
  func visible(label: Int) {
    // A sketch is light paper with dark lines: the lines cover a good part of it, but not most.
    let pixels = world.sample(domain: .sketch, split: .test, index: label).image.pixels
    let dark = stride(from: 0, to: pixels.count, by: 3).count { pixels[$0] < 150 }
    #expect(dark > 40)
    #expect(dark < 700)
  }

  @Test("data sets bear the names that the command line uses")
  func names() {
    #expect(
      World.Domain.allCases.map(\.datasetName) == [
        "shapes", "shapes-v2", "shapes-r", "shapes-sketch", "shapes-a",
      ])
  }

  @Test("pixels are the ones this version promises")
  func pinned() {
    var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    for domain in World.Domain.allCases {
      for index in 0..<16 {
        for byte in world.sample(domain: domain, split: .test, index: index).image.pixels {
          digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3
        }
      }
    }
    #expect(
      digest == 7_194_551_431_706_430_736,
      "the picture of version \(World.version) changed: raise World.version and pin \(digest)")
  }

  @Test("a pre-training batch shows each class in four rounds, two of them photographs")
  func batches() {
    let recipe = WorldRecipe.standard
    let batch = (0..<recipe.pretraining.batchSize).map { world.captioned(index: 3 * 64 + $0) }
    #expect(Dictionary(grouping: batch, by: \.label).values.allSatisfy { $0.count == 4 })
    #expect(batch.count == 4 * World.classNames.count)
  }
}

import Datasets
import Testing

@Suite("Label mapping")
struct LabelMappingTests {
  @Test("a shift with a part of the classes maps into the head and competes among that part")
  func subset() throws {
    let mapping = try LabelMapping(from: ["dog", "ant"], to: ["ant", "bee", "cat", "dog"])
    #expect(mapping.competitors(.subset) == [[3], [0]])
    #expect(try mapping.targets(for: [0, 1, 1]) == [3, 0, 0])
    #expect(!mapping.isIdentity)
    #expect(throws: DatasetError.self) { try mapping.targets(for: [2]) }
  }

  @Test("the same list is the identity, without a subset")
  func identity() throws {
    let mapping = try LabelMapping(from: ["a", "b"], to: ["a", "b"])
    #expect(mapping.isIdentity && mapping.competitors(.subset) == nil)
  }

  @Test("names match without regard to case, underscores and hyphens, but exactly first")
  func loose() throws {
    #expect(try LabelMapping(from: ["Tabby_cat"], to: ["dog", "tabby-cat"]).headIndices == [1])
    #expect(try LabelMapping(from: ["crane", "Crane"], to: ["Crane", "crane"]).headIndices == [1, 0])
  }

  @Test("identifiers count before names")
  func identifiers() throws {
    let head = [DatasetClass(id: "n1", name: "crane"), DatasetClass(id: "n2", name: "crane")]
    let mapping = try LabelMapping(from: [DatasetClass(id: "n2", name: "crane bird")], to: head)
    #expect(mapping.headIndices == [1])
  }

  @Test("a repeated name is resolved by order, or refused")
  func repeated() throws {
    let head = ["missile", "dog", "missile"]
    #expect(try LabelMapping(from: ["dog", "missile", "missile"], to: head).headIndices == [1, 0, 2])
    #expect(throws: DatasetError.self) { try LabelMapping(from: ["missile"], to: head) }
  }

  @Test("unknown classes are listed with the nearest known names")
  func unknown() throws {
    let error = #expect(throws: DatasetError.self) {
      try LabelMapping(from: ["hexagom", "square"], to: ["hexagon", "square"])
    }
    #expect(error?.description.contains("'hexagom'; did you mean 'hexagon'?") == true)
    #expect(error?.description.contains("1 of the dataset's 2 classes") == true)
  }

  @Test("two classes of a dataset cannot be one of the head")
  func collision() {
    #expect(throws: DatasetError.self) { try LabelMapping(from: ["a cat", "A_cat"], to: ["a cat", "dog"]) }
  }

  @Test(
    "a class that covers several of the head's competes as their group, unless the head has it as its own")
  func covers() throws {
    let own = [
      DatasetClass(id: "chair", name: "chair", covers: ["n3", "n1"]),
      DatasetClass(id: "fan", name: "fan", covers: ["n2"]),
    ]
    let family = ["n0", "n1", "n2", "n3"].map { DatasetClass(id: $0, name: "name of \($0)") }
    let mapping = try LabelMapping(from: own, to: family)
    #expect(mapping.competitors(.subset) == [[3, 1], [2]])
    #expect(try mapping.targets(for: [0, 1]) == [3, 2])
    #expect(try LabelMapping(from: own, to: own).isIdentity)
  }

  @Test("All of the head's classes compete if so asked, those that belong together as one")
  func fullCompetition() throws {
    let part = try LabelMapping(from: ["c", "a"], to: ["a", "b", "c"])
    #expect(part.competitors(.full) == nil)
    let head = ["a", "b", "c", "d"].map { DatasetClass(id: $0, name: $0) }
    let own = [DatasetClass(id: "x", name: "x", covers: ["d", "b"])]
    #expect(try LabelMapping(from: own, to: head).competitors(.full) == [[3, 1], [0], [2]])
  }
}

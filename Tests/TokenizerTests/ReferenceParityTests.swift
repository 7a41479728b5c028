import Foundation
import TestSupport
import Testing
import Tokenizer

/// Texts of every kind, and the ids that open_clip's `SimpleTokenizer` gives them with the same small
/// vocabulary.
@Suite struct ReferenceParityTests {
  struct Case: Decodable {
    let text: String
    let ids: [Int]
    let context: [Int32]
  }

  let cases: [Case]
  let tokenizer: BPETokenizer

  init() throws {
    let reference = try Fixture.url("reference.json", bundle: .module)
    cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: reference))
    tokenizer = try BPETokenizer.load(Fixture.url("bpe.txt.gz", bundle: .module))
  }

  @Test func idsAreThoseOfTheReference() {
    #expect(cases.count > 200)
    for item in cases { #expect(tokenizer.encode(item.text) == item.ids, "\(item.text.debugDescription)") }
  }

  @Test func contextsAreThoseOfTheReference() {
    for item in cases {
      #expect(
        tokenizer.tokens(for: item.text, contextLength: 16) == item.context, "\(item.text.debugDescription)")
    }
  }

  @Test func aSecondTimeGivesTheSame() {
    let again = cases.map { tokenizer.encode($0.text) }
    #expect(again == cases.map { tokenizer.encode($0.text) })
    #expect(again == cases.map(\.ids))
  }

  @Test func oneTokenizerServesManyTasks() async {
    let texts = cases.map(\.text)
    let all = await withTaskGroup(of: [[Int]].self) { group in
      for _ in 0..<8 { group.addTask { [tokenizer] in texts.map(tokenizer.encode) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    for ids in all { #expect(ids == cases.map(\.ids)) }
  }
}

import TensorCore
import Testing

@Suite("What was meant by a name that does not exist")
struct SpellingTests {
  private let names = ["finetune", "eval-shift", "lr", "epochs", "data_root"]

  @Test("A letter too many, too few, another or swapped is forgiven; so are case, _ and -")
  func near() {
    for (written, meant) in [
      ("finetunee", "finetune"), ("fintune", "finetune"), ("finetyne", "finetune"), ("eopchs", "epochs"),
      ("EVAL_SHIFT", "eval-shift"), ("data-root", "data_root"), ("lrr", "lr"),
    ] { #expect(Spelling.nearest(to: written, in: names) == meant, "\(written)") }
  }

  @Test("What is like nothing is not guessed")
  func far() {
    for written in ["", "xyzzy", "a", String(repeating: "finetune", count: 100)] {
      #expect(Spelling.nearest(to: written, in: names) == nil, "\(written)")
    }
    #expect(Spelling.nearest(to: "finetune", in: []) == nil)
  }
}

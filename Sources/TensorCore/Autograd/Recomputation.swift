import Synchronization

/// Trading time for memory: a part of a computation whose intermediate values are computed anew in backward
/// (Chen et al. 2016, "Training deep nets with sublinear memory cost").
package final class Recomputation: Sendable {
  /// Set while a part runs whose operations are not recorded.
  @TaskLocal private static var current: Recomputation?
  private let usesTrainable = Atomic(false)

  static var isUnrecorded: Bool { current != nil }

  /// The node of a trainable parameter: nil where nothing is recorded now.
  static func recorded(_ leaf: Node) -> Node? {
    guard let current else { return leaf }
    current.usesTrainable.store(true, ordering: .relaxed)
    return nil
  }

  /// Runs `body` with every parameter as a constant: for what only looks at a model that trains.
  package static func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    try $current.withValue(Recomputation(), operation: body)
  }

  fileprivate static func unrecorded(_ body: () -> Variable) -> (result: Variable, usesTrainable: Bool) {
    let recomputation = Recomputation()
    let result = $current.withValue(recomputation) { body() }
    return (result, recomputation.usesTrainable.load(ordering: .relaxed))
  }

  fileprivate static func recording(_ body: () -> Variable) -> Variable {
    $current.withValue(nil) { body() }
  }
}

extension Variable {
  /// body(self), of whose operations nothing is kept but self: backward runs `body` again.
  ///
  /// `body` must give the same result each time, and use no other variables that need a gradient than parameters.
  public func recomputed(_ body: @escaping (Variable) -> Variable) -> Variable {
    let (result, usesTrainable) = Recomputation.unrecorded { body(detached) }
    guard needsGradient || usesTrainable else { return result }
    let backward = { [value, node] (gradient: Tensor) in
      let input = Variable(value, node: node.map { _ in .leaf() })
      Recomputation.recording { body(input) }.backward(from: gradient)
      if let gathered = input.node?.takeGradient() { node?.add(gathered) }
    }
    return Variable(result.value, node: Node(parents: [node].compactMap { $0 }, backward: backward))
  }
}

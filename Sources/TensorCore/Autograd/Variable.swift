/// A tensor in a computation, and the node through which its gradient flows, if one does.
///
/// Operations on variables record what backward needs only when a gradient is wanted: a computation over constants
/// keeps nothing, and backward never visits what lies below the lowest trained parameter.
public struct Variable {
  public let value: Tensor
  package let node: Node?
  /// What later operations keep of the value for backward.
  package let kept: Kept

  /// A constant: no gradient flows to it.
  public init(_ value: Tensor) { self.init(value, node: nil) }

  package init(_ value: Tensor, node: Node?, kept: Kept? = nil) {
    self.value = value
    self.node = node
    self.kept = kept ?? .value(value)
  }

  public var shape: [Int] { value.shape }
  /// Of the value, and of its gradient.
  public var dtype: DType { value.dtype }
  public var needsGradient: Bool { node != nil }

  /// The same value, cut off from the gradient.
  public var detached: Variable { Variable(value) }
}

/// A value that backward needs: held on to, or made anew from what is held on to anyway, bit for bit.
package enum Kept {
  case value(Tensor)
  case recipe(() -> Tensor)

  package var tensor: Tensor {
    switch self {
    case .value(let tensor): tensor
    case .recipe(let make): make()
    }
  }
}

/// One recorded operation: where its gradient gathers, and how to pass it on.
package final class Node {
  package private(set) var gradient: Tensor?
  fileprivate var parents: [Node]
  fileprivate var backward: ((Tensor) -> Void)?
  /// Of a leaf: called when a backward pass has nothing more to add to its gradient.
  package var whenFinal: (() -> Void)?

  package init(parents: [Node], backward: ((Tensor) -> Void)?) {
    self.parents = parents
    self.backward = backward
  }

  /// A leaf: gradients gather here and stay until taken.
  package static func leaf() -> Node { Node(parents: [], backward: nil) }

  package func takeGradient() -> Tensor? {
    defer { gradient = nil }
    return gradient
  }

  /// Adds a finished gradient. The tensor may be shared with other nodes; it is not written to.
  package func add(_ contribution: Tensor) {
    guard gradient != nil else {
      gradient = contribution
      return
    }
    addInto(contribution.shape, contribution.dtype) { sum, fresh in
      Compute.backend.accumulate(adding: contribution, scaledBy: 1, to: sum)
    }
  }

  /// Lets an operation write (`fresh`) or add its contribution to this node's gradient in place.
  package func addInto(
    _ shape: [Int], _ dtype: DType = .f32, _ write: (_ sum: Tensor, _ fresh: Bool) -> Void
  ) {
    guard var sum = takeGradient() else {
      let sum = Tensor(uninitialized: shape, dtype: dtype)
      write(sum, true)
      gradient = sum
      return
    }
    if !sum.isUniquelyReferenced() { sum = sum.copy() }
    write(sum, false)
    gradient = sum
  }

  /// Like `addInto`, for kernels that can only add.
  package func accumulateInto(_ shape: [Int], _ accumulate: (_ sum: Tensor) -> Void) {
    addInto(shape) { sum, fresh in
      if fresh { sum.mutableBytes.initializeMemory(as: UInt8.self, repeating: 0) }
      accumulate(sum)
    }
  }
}

extension Variable {
  /// Records an operation's result. `backward` receives the result's gradient and adds to its inputs' nodes; it is
  /// called at most once and dropped, with all it captures, right after.
  ///
  /// `recipe` makes the result anew from what `backward` holds on to anyway, so that operations on it need not keep it.
  package static func record(
    _ value: Tensor, inputs: [Variable], recipe: (() -> Tensor)? = nil, backward: @escaping (Tensor) -> Void
  ) -> Variable {
    let parents = inputs.compactMap(\.node)
    guard !parents.isEmpty else { return Variable(value) }
    return Variable(value, node: Node(parents: parents, backward: backward), kept: recipe.map(Kept.recipe))
  }

  /// Propagates d(self)/d(·) to every leaf that self depends on; self must hold one number.
  ///
  /// Gradients add up in the leaves until taken, so that several backward passes accumulate. What an operation kept
  /// for its backward pass is freed as soon as it has run.
  public func backward(scale: Float = 1) {
    precondition(value.count == 1, "backward starts from one number, not from shape \(shape)")
    backward(from: Tensor([scale], shape: value.shape))
  }

  /// The same from a gradient of self, of its shape and type.
  package func backward(from gradient: Tensor) {
    guard let root = node else { return }
    var order = Self.topologicalOrder(from: root)
    root.add(gradient)
    while let node = order.popLast() {
      guard let backward = node.backward else {
        node.whenFinal?()
        continue
      }
      node.backward = nil
      node.parents = []
      if let gradient = node.takeGradient() { backward(gradient) }
    }
  }

  /// Every node below `root`, each after all the nodes it depends on.
  private static func topologicalOrder(from root: Node) -> [Node] {
    var order: [Node] = []
    var visited: Set<ObjectIdentifier> = [ObjectIdentifier(root)]
    var path: [(node: Node, nextParent: Int)] = [(root, 0)]
    while let (node, next) = path.last {
      if next < node.parents.count {
        path[path.count - 1].nextParent += 1
        let parent = node.parents[next]
        if visited.insert(ObjectIdentifier(parent)).inserted { path.append((parent, 0)) }
      } else {
        order.append(node)
        path.removeLast()
      }
    }
    return order
  }
}

/// What a pickle describes, as plain data: nothing of it is ever imported, called or built.
enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  /// An integer of more than 64 bits.
  case long
  case double(Double)
  case string(String)
  case bytes(Int)
  case tuple(PickleList)
  case list(PickleList)
  case dictionary(PickleDictionary)
  /// A class or function by name, such as `torch._utils._rebuild_tensor_v2`.
  case global(String)
  case object(PickleObject)
  case storage(PickledStorage)
  case tensor(PickledTensor)

  var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  var integer: Int? {
    if case .int(let value) = self { value } else { nil }
  }

  /// The extents or strides of a tensor. Few, as one tuple may be referred to a million times.
  var extents: [Int]? {
    guard case .tuple(let tuple) = self, tuple.items.count <= 64 else { return nil }
    let integers = tuple.items.compactMap(\.integer)
    return integers.count == tuple.items.count ? integers : nil
  }
}

/// A part of a pickle that holds other parts.
protocol PickleNode: AnyObject {
  /// Lets go of what it holds.
  func clear()
}

/// Owns the nodes of a pickle and takes them apart one by one: values nested a million deep are not freed by a million
/// nested calls.
final class PickleArena {
  private var nodes: [any PickleNode] = []

  func add<Node: PickleNode>(_ node: Node) -> Node {
    nodes.append(node)
    return node
  }

  deinit {
    for node in nodes { node.clear() }
  }
}

final class PickleList: PickleNode {
  var items: [PickleValue]

  init(_ items: [PickleValue] = []) { self.items = items }

  func clear() { items = [] }
}

/// A dictionary with text for keys; other keys, and texts too long for a name, are left out.
final class PickleDictionary: PickleNode {
  private static let longestKey = 512
  private(set) var keys: [String] = []
  private var values: [String: PickleValue] = [:]

  subscript(key: String) -> PickleValue? { values[key] }

  func set(_ key: PickleValue, _ value: PickleValue) {
    let name: String
    switch key {
    case .string(let text) where text.utf8.count <= Self.longestKey: name = text
    case .int(let number): name = String(number)
    default: return
    }
    if values.updateValue(value, forKey: name) == nil { keys.append(name) }
  }

  func clear() { (keys, values) = ([], [:]) }
}

/// An instance of a class that is not known: its attributes, and its items if it is like a dictionary.
final class PickleObject: PickleNode {
  let items = PickleDictionary()
  var attributes: PickleDictionary?

  func clear() {
    items.clear()
    attributes = nil
  }
}

/// Where a tensor's elements lie.
struct PickledStorage {
  let key: String
  /// Nil for bytes without a type.
  let type: SafetensorsType?
  /// Elements, of bytes if there is no type.
  let count: Int
}

/// A view of a storage, in elements.
struct PickledTensor {
  let storage: PickledStorage
  let type: SafetensorsType
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}

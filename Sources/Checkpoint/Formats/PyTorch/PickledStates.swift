/// Finds the tensors of a model in what a pickle describes, under the names that `state_dict()` would give them.
struct PickledStates {
  /// Tensors by name, in the order of the file.
  private(set) var tensors: [(name: String, tensor: PickledTensor)] = []
  /// Under which key of a training checkpoint they were found, such as `state_dict`; empty for a plain one.
  private(set) var key = ""
  /// Under which keys beside it there are tensors as well, such as `state_dict_ema`; these are not read.
  private(set) var others: [String] = []

  /// Where training programs keep the weights, best first; averages come after what they are averages of.
  private static let wrappers = [
    "state_dict", "model_state_dict", "model", "module", "net", "weights", "state_dict_ema", "model_ema",
  ]
  private static let mostTensors = 1_000_000
  private static let deepest = 64
  /// Of what comes before a name, in bytes: modules may be nested under the same long text again and again.
  private static let longestPrefix = 512

  private var visited: Set<ObjectIdentifier> = []

  private init() {}

  init(_ root: PickleValue) { search(root, path: []) }

  private mutating func search(_ value: PickleValue, path: [String]) {
    collect(value, prefix: "", depth: 0)
    guard tensors.isEmpty, path.count < 4, case .dictionary(let dictionary) = value else {
      key = path.joined(separator: ".")
      return
    }
    for wrapper in Self.wrappers {
      guard let inner = dictionary[wrapper] else { continue }
      search(inner, path: path + [wrapper])
      guard tensors.isEmpty else {
        others += Self.wrappers.filter { $0 != wrapper && dictionary[$0].map(Self.hasTensors) == true }
        return
      }
    }
  }

  /// Whether a value is a state itself. It is not searched: entries of a hostile file may contain each other.
  private static func hasTensors(_ value: PickleValue) -> Bool {
    var states = PickledStates()
    states.collect(value, prefix: "", depth: 0)
    return !states.tensors.isEmpty
  }

  /// A dictionary of tensors as it stands; of a module, its parameters, buffers and sub-modules.
  private mutating func collect(_ value: PickleValue, prefix: String, depth: Int) {
    guard depth < Self.deepest, prefix.utf8.count <= Self.longestPrefix else { return }
    switch value {
    case .dictionary(let dictionary): collectTensors(of: dictionary, prefix: prefix)
    case .object(let object) where visited.insert(ObjectIdentifier(object)).inserted:
      collectTensors(of: object.items, prefix: prefix)
      guard let attributes = object.attributes else { return }
      if attributes["_modules"] != nil {
        collectModule(attributes, prefix: prefix, depth: depth)
      } else {
        // TorchScript: parameters and sub-modules are attributes.
        collectTensors(of: attributes, prefix: prefix)
        for name in attributes.keys {
          guard case .object? = attributes[name], let module = attributes[name] else { continue }
          collect(module, prefix: "\(prefix)\(name).", depth: depth + 1)
        }
      }
    default: break
    }
  }

  private mutating func collectModule(_ attributes: PickleDictionary, prefix: String, depth: Int) {
    for group in ["_parameters", "_buffers"] {
      if case .dictionary(let dictionary)? = attributes[group] {
        collectTensors(of: dictionary, prefix: prefix)
      }
    }
    guard case .dictionary(let modules)? = attributes["_modules"] else { return }
    for name in modules.keys {
      guard let module = modules[name] else { continue }
      collect(module, prefix: "\(prefix)\(name).", depth: depth + 1)
    }
  }

  private mutating func collectTensors(of dictionary: PickleDictionary, prefix: String) {
    // A million modules may refer to one dictionary.
    guard visited.insert(ObjectIdentifier(dictionary)).inserted else { return }
    for name in dictionary.keys {
      guard case .tensor(let tensor)? = dictionary[name], tensors.count < Self.mostTensors else { continue }
      tensors.append((prefix + name, tensor))
    }
  }
}

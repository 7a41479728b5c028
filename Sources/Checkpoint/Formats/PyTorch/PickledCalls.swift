/// The constructors of PyTorch's pickles that describe tensors, understood by name.
enum PickledCalls {
  /// What calling `callable` would give, as far as it is known.
  static func result(
    of callable: PickleValue, _ arguments: PickleValue, in arena: PickleArena
  ) -> PickleValue {
    guard case .global(let name) = callable else { return .object(arena.add(PickleObject())) }
    let values = if case .tuple(let tuple) = arguments { tuple.items } else { [PickleValue]() }
    switch name {
    case "collections.OrderedDict", "collections.defaultdict":
      return .dictionary(arena.add(PickleDictionary()))
    case "torch.Size": return values.first ?? .none
    case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
      return tensor(values, type: nil).map(PickleValue.tensor) ?? .object(arena.add(PickleObject()))
    case "torch._utils._rebuild_tensor_v3":
      let type = values.count > 6 ? elementType(values[6]) : nil
      return tensor(values, type: type).map(PickleValue.tensor) ?? .object(arena.add(PickleObject()))
    // (tensor, requires_grad, hooks[, state])
    case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
      return values.first ?? .none
    // (class, type, state, tensor arguments …): a tensor with attributes.
    case "torch._tensor._rebuild_from_type_v2", "torch.tensor._rebuild_from_type_v2":
      return values.count > 2 ? result(of: values[0], values[2], in: arena) : .none
    default: return .object(arena.add(PickleObject()))
    }
  }

  /// (storage, offset, shape, strides, …)
  private static func tensor(_ values: [PickleValue], type: SafetensorsType?) -> PickledTensor? {
    guard values.count >= 4, case .storage(let storage) = values[0], let type = type ?? storage.type,
      let offset = values[1].integer, let shape = values[2].extents, let strides = values[3].extents,
      shape.count == strides.count
    else { return nil }
    return PickledTensor(storage: storage, type: type, offset: offset, shape: shape, strides: strides)
  }

  /// ("storage", class, key, device, count, …)
  static func storage(_ reference: PickleValue) -> PickledStorage? {
    guard case .tuple(let tuple) = reference, case let values = tuple.items, values.count >= 5,
      values[0].text == "storage",
      case .global(let name) = values[1], let key = values[2].text, let count = values[4].integer, count >= 0
    else { return nil }
    return PickledStorage(
      key: key, type: storageTypes[String(name.split(separator: ".").last ?? "")], count: count)
  }

  private static func elementType(_ value: PickleValue) -> SafetensorsType? {
    guard case .global(let name) = value, name.hasPrefix("torch.") else { return nil }
    return elementTypes[String(name.dropFirst(6))]
  }

  private static let storageTypes: [String: SafetensorsType] = [
    "FloatStorage": .f32, "HalfStorage": .f16, "BFloat16Storage": .bf16, "DoubleStorage": .f64,
    "LongStorage": .i64, "IntStorage": .i32, "ShortStorage": .i16, "CharStorage": .i8, "ByteStorage": .u8,
    "BoolStorage": .bool,
  ]

  private static let elementTypes: [String: SafetensorsType] = [
    "float32": .f32, "float16": .f16, "bfloat16": .bf16, "float64": .f64, "int64": .i64, "int32": .i32,
    "int16": .i16, "int8": .i8, "uint8": .u8, "uint16": .u16, "uint32": .u32, "uint64": .u64, "bool": .bool,
  ]
}

import Foundation
import TensorCore

extension KeyMap {
  /// Writes canonical tensors, in `f32`, as a safetensors file of this scheme without their ever being in memory together: each
  /// is asked for once, in the given order.
  public static func write(
    _ tensors: [(name: String, shape: [Int])], metadata: [String: String], to url: URL,
    tensor: (String) throws -> Tensor
  ) throws {
    var metadata = metadata
    var descriptions: [SafetensorsFile.Description] = []
    var origins: [String: String] = [:]
    for (name, shape) in tensors {
      // What becomes of a tensor of this shape but for its last extent, which is 0: it has no elements.
      var outline = shape
      let last = shape.count > 1 && !shape.contains(0) ? shape.last : nil
      if last != nil { outline[shape.count - 1] = 0 }
      let parts = try fromCanonical([name: Tensor(uninitialized: outline, dtype: .u8)])
      metadata.merge(parts.metadata) { $1 }
      for (part, tensor) in parts {
        origins[part] = name
        descriptions.append(
          SafetensorsFile.Description(name: part, shape: tensor.shape.map { $0 == 0 ? last ?? 0 : $0 }))
      }
    }
    var ready = StateDict()
    try SafetensorsFile.write(descriptions, metadata: metadata, to: url) { part in
      if !ready.contains(part), let name = origins[part] {
        ready = [:]
        ready = try fromCanonical([name: tensor(name)])
      }
      guard let tensor = ready[part] else {
        throw CheckpointError.missingTensor(file: url.path, name: part)
      }
      return tensor
    }
  }
}

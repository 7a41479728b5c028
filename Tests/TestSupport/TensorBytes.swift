import TensorCore

/// The bytes of a tensor, which may be held by nobody else.
public func storedBytes(of tensor: Tensor) -> [UInt8] { withExtendedLifetime(tensor) { Array(tensor.bytes) } }

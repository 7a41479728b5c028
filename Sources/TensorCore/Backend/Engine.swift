import CKernels

/// The library that multiplies matrices.
public enum Engine: String, Sendable, Codable, CaseIterable {
  case oneDNN = "onednn"
  case openBLAS = "openblas"

  /// Engines present on this machine, the faster first.
  public static var available: [Engine] { allCases.filter { ck_engine_available($0.code) } }

  /// Name, version and instruction set, such as "oneDNN 2.6.0 (…)".
  public var description: String { String(cString: ck_engine_description(code)) }

  var code: ck_engine {
    switch self {
    case .oneDNN: CK_ENGINE_ONEDNN
    case .openBLAS: CK_ENGINE_OPENBLAS
    }
  }
}

/// The instruction sets of this processor that kernels are chosen by, separated by spaces.
public var processorFeatures: String {
  var buffer = [CChar](repeating: 0, count: 512)
  _ = ck_cpu_features(&buffer, buffer.count)
  return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
}

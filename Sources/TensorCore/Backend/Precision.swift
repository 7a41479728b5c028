import CKernels
import Synchronization

/// The arithmetic of a model's large products.
///
/// With `bf16`, their operands and what lies between them within a block are rounded to `bf16`; the residual stream,
/// sums, statistics, softmax, losses, gradients of parameters and all that trains stay `f32`.
public enum Precision: String, Sendable, Codable, CaseIterable {
  case fp32, bf16

  /// Element type of the products' operands.
  public var operands: DType { self == .fp32 ? .f32 : .bf16 }

  /// The fastest of this processor: `bf16` where it multiplies that natively.
  public static var native: Precision { processorHasNativeBF16 ? .bf16 : .fp32 }
}

/// Whether this processor multiplies `bf16` natively; elsewhere operands are widened first, which is slower than `fp32`.
public var processorHasNativeBF16: Bool { ck_has_native_bf16() }

extension Compute {
  /// The arithmetic of this task, where it differs from the program's.
  @TaskLocal public static var taskPrecision: Precision?

  private static let usesBF16 = Atomic<Bool>(false)

  /// The arithmetic of work that starts now.
  public static var precision: Precision {
    taskPrecision ?? (usesBF16.load(ordering: .relaxed) ? .bf16 : .fp32)
  }

  /// Sets the arithmetic of the whole program.
  public static func setPrecision(_ precision: Precision) {
    usesBF16.store(precision == .bf16, ordering: .relaxed)
  }
}

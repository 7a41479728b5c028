/// A 64-byte-aligned block of memory, returned to the caching pool when its last tensor goes.
///
/// Unchecked: writes happen only while a tensor is being produced or, for parameters, by the one owner of the
/// training loop; finished tensors are read-only by convention.
package final class Storage: @unchecked Sendable {
  package let pointer: UnsafeMutableRawPointer
  package let byteCount: Int
  private let release: @Sendable (UnsafeMutableRawPointer) -> Void

  /// Takes memory from the pool; its contents are undefined.
  package init(byteCount: Int) {
    let (pointer, capacity) = StoragePool.shared.take(byteCount)
    self.pointer = pointer
    self.byteCount = byteCount
    self.release = { StoragePool.shared.give(back: $0, capacity: capacity) }
  }

  /// Adopts memory owned elsewhere, such as a mapped file; `release` runs when the last tensor goes.
  package init(
    adopting pointer: UnsafeMutableRawPointer, byteCount: Int,
    release: @escaping @Sendable (UnsafeMutableRawPointer) -> Void
  ) {
    self.pointer = pointer
    self.byteCount = byteCount
    self.release = release
  }

  deinit { release(pointer) }
}

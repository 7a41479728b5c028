import CZlib

/// Decompresses DEFLATE data (RFC 1951) in memory, in pieces as they are asked for.
package final class Inflater {
  package enum Wrapper: Int32 {
    case none = -15
    /// With zlib's own.
    case zlib = 15
    /// With its header and checksum.
    case gzip = 31
  }

  /// Whether all of the data have been given out.
  package private(set) var isFinished = false
  /// On the heap, as zlib remembers where it lies.
  private let stream: UnsafeMutablePointer<z_stream>
  /// What zlib has not been given yet: it counts in 32 bits.
  private var rest: UnsafeRawBufferPointer

  /// `input` must outlive this object; nil if there is no memory.
  package init?(_ input: UnsafeRawBufferPointer, wrapper: Wrapper) {
    rest = input
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    // What is not initialised is safely ended as well.
    guard inflateInit2_(stream, wrapper.rawValue, ZLIB_VERSION, size) == Z_OK else { return nil }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Fills the output, or as much of it as there are data left, and gives the number of bytes; nil if the data are
  /// damaged or cut off.
  package func read(into output: UnsafeMutableRawBufferPointer) -> Int? {
    var filled = 0
    while filled < output.count, !isFinished {
      if stream.pointee.avail_in == 0 { feed() }
      let wanted = UInt32(min(output.count - filled, 1 << 30))
      stream.pointee.next_out = output.baseAddress.map {
        ($0 + filled).assumingMemoryBound(to: UInt8.self)
      }
      stream.pointee.avail_out = wanted
      let status = inflate(stream, Z_NO_FLUSH)
      filled += Int(wanted - stream.pointee.avail_out)
      // Without input, zlib answers Z_BUF_ERROR: the data are cut off.
      guard status == Z_OK || status == Z_STREAM_END else { return nil }
      isFinished = status == Z_STREAM_END
    }
    return filled
  }

  private func feed() {
    let piece = rest.prefix(1 << 30)
    // zlib reads only, though it does not say so.
    stream.pointee.next_in = UnsafeMutablePointer(
      mutating: UnsafeRawBufferPointer(rebasing: piece).baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = UInt32(piece.count)
    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
  }
}

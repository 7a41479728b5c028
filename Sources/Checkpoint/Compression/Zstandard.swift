import CZstd
import Foundation

/// Decompresses Zstandard files (RFC 8878), piece by piece and only so far as is sane.
package enum Zstandard {
  /// What grows by more than this is no honest file.
  package static let largestGrowth = 1000
  private static let largestResult = 1 << 36
  private static let signature: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

  /// Whether a file begins like a Zstandard file.
  package static func matches(_ prefix: [UInt8]) -> Bool { prefix.starts(with: signature) }
  static var signatureLength: Int { signature.count }

  /// Appends the contents of the file at `path` to `output`. Throws where it is damaged, cut off, or grows by more than
  /// `largestGrowth`.
  package static func decompress(
    _ path: String, into output: NamelessFile, largestGrowth: Int = Self.largestGrowth
  ) throws(CheckpointError) {
    guard let context = ZSTD_createDCtx() else {
      throw .unreadable(file: path, reason: "there is no memory to decompress it")
    }
    defer { ZSTD_freeDCtx(context) }
    try RegularFile.withOpen(path) { (descriptor, byteCount) throws(CheckpointError) in
      // Small files may be mostly header and still be honest.
      let growth = (byteCount + 4096).multipliedReportingOverflow(by: largestGrowth)
      var frames = Frames(
        path: path, context: context, output: output,
        room: growth.overflow ? largestResult : min(growth.partialValue, largestResult))
      let input = UnsafeMutableRawBufferPointer.allocate(byteCount: ZSTD_DStreamInSize(), alignment: 16)
      defer { input.deallocate() }
      while true {
        let count = Foundation.read(descriptor, input.baseAddress, input.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw .unreadable(file: path, reason: systemReason()) }
        if count == 0 { break }
        try frames.decompress(UnsafeRawBufferPointer(rebasing: input[..<count]))
      }
      try frames.finish()
    }
  }
}

/// The frames of one file, on their way from pieces of it to the output.
private struct Frames {
  let path: String
  let context: OpaquePointer
  let output: NamelessFile
  /// Bytes that may still come.
  var room: Int
  private var isFirstPiece = true
  private var frameIsOpen = true

  init(path: String, context: OpaquePointer, output: NamelessFile, room: Int) {
    self.path = path
    self.context = context
    self.output = output
    self.room = room
  }

  mutating func decompress(_ piece: UnsafeRawBufferPointer) throws(CheckpointError) {
    if isFirstPiece { try checkDeclaredSize(piece) }
    isFirstPiece = false
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: ZSTD_DStreamOutSize(), alignment: 16)
    defer { buffer.deallocate() }
    var source = ZSTD_inBuffer(src: piece.baseAddress, size: piece.count, pos: 0)
    while true {
      var sink = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
      let result = ZSTD_decompressStream(context, &sink, &source)
      guard ZSTD_isError(result) == 0 else {
        throw damaged("it is not a whole Zstandard file (\(String(cString: ZSTD_getErrorName(result))))")
      }
      frameIsOpen = result != 0
      guard sink.pos <= room else { throw damaged("it grows too much when decompressed") }
      room -= sink.pos
      try output.append(UnsafeRawBufferPointer(rebasing: buffer[..<sink.pos]))
      // A full buffer may leave more behind; asking once more at a frame's end would open the next one.
      let mayHaveMore = frameIsOpen && sink.pos == buffer.count
      if source.pos == source.size && !mayHaveMore { return }
    }
  }

  func finish() throws(CheckpointError) {
    guard !frameIsOpen else { throw damaged("its compressed data end too soon") }
  }

  /// Refuses at once what says of itself that it will not fit.
  private func checkDeclaredSize(_ piece: UnsafeRawBufferPointer) throws(CheckpointError) {
    let declared = ZSTD_getFrameContentSize(piece.baseAddress, piece.count)
    guard declared < UInt64(bitPattern: -2) else { return }
    guard declared <= room else { throw damaged("it grows too much when decompressed") }
    try output.reserve(declared, for: path)
  }

  private func damaged(_ problem: String) -> CheckpointError { .malformed(file: path, problem: problem) }
}

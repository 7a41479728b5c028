import CKernels
import Foundation

/// Number of threads of the one team all work runs on.
public var threadCount: Int { Int(ck_threads()) }

/// Sets the size of the thread team; takes effect with the next operation.
public func setThreadCount(_ count: Int) { ck_set_threads(Int32(clamping: max(1, count))) }

/// Runs `body` over chunks of 0..<count on the thread team and waits for all of them.
///
/// Chunks hold `grain` items and are claimed dynamically, so results must not depend on which thread runs which;
/// the calling thread takes part.
public func parallelFor(count: Int, grain: Int = 1, _ body: @Sendable (Range<Int>) -> Void) {
  guard count > 0 else { return }
  withoutActuallyEscaping(body) { body in
    let box = ChunkBody(body)
    withExtendedLifetime(box) {
      ck_parallel(
        Int64(count), Int64(max(1, grain)),
        { context, begin, end in
          guard let context else { return }
          Unmanaged<ChunkBody>.fromOpaque(context).takeUnretainedValue().run(Int(begin)..<Int(end))
        },
        Unmanaged.passUnretained(box).toOpaque())
    }
  }
}

/// Runs a throwing `body` for each of 0..<count on the thread team; if any fail, throws the error of the lowest
/// index, whatever the timing.
public func parallelForEach<Failure: Error>(
  count: Int, _ body: @Sendable (Int) throws(Failure) -> Void
) throws(Failure) {
  let failures = FirstFailure<Failure>()
  parallelFor(count: count) { range in
    for index in range {
      do throws(Failure) {
        try body(index)
      } catch {
        failures.record(error, at: index)
      }
    }
  }
  if let failure = failures.first { throw failure }
}

private final class ChunkBody: Sendable {
  let run: @Sendable (Range<Int>) -> Void
  init(_ run: @escaping @Sendable (Range<Int>) -> Void) { self.run = run }
}

private final class FirstFailure<Failure: Error>: @unchecked Sendable {
  private let lock = NSLock()
  private var lowest: (index: Int, error: Failure)?

  func record(_ error: Failure, at index: Int) {
    lock.withLock {
      if lowest.map({ index < $0.index }) ?? true { lowest = (index, error) }
    }
  }

  var first: Failure? { lock.withLock { lowest?.error } }
}

import CKernels
import Testing

/// The thread team: work is done once, and results do not depend on how many threads do it.
@Suite struct KernelThreadTests {
  /// Runs `body` with chunk bounds over the team.
  func parallel(_ count: Int, grain: Int, _ body: (Int, Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      var boxed: (Int, Int) -> Void = body
      withUnsafeMutablePointer(to: &boxed) { pointer in
        ck_parallel(
          Int64(count), Int64(grain),
          { context, begin, end in
            context!.assumingMemoryBound(to: ((Int, Int) -> Void).self).pointee(Int(begin), Int(end))
          }, pointer)
      }
    }
  }

  @Test(
    "Work is cut into chunks that cover it once",
    arguments: [(0, 1), (1, 1), (10, 3), (1000, 7), (5, 100), (100_000, 1)])
  func coverage(count: Int, grain: Int) {
    var visits = [Int32](repeating: 0, count: count)
    visits.withUnsafeMutableBufferPointer { visits in
      nonisolated(unsafe) let visits = visits
      parallel(count, grain: grain) { begin, end in
        #expect(end - begin <= grain && begin % grain == 0)
        for i in begin..<end { visits[i] += 1 }
      }
    }
    #expect(visits == [Int32](repeating: 1, count: count))
  }

  @Test("Asking for the present number of threads changes nothing")
  func count() {
    let threads = ck_threads()
    #expect(threads >= 1)
    ck_set_threads(threads)
    #expect(ck_threads() == threads)
  }

  /// Values and column sums of a layer norm's gradient, and a sum over everything.
  func reductions(rows: Int, cols: Int) -> [Float] {
    let x = normals(rows * cols, seed: 1)
    let dy = normals(rows * cols, seed: 2)
    var dgamma = [Float](repeating: 0, count: cols)
    var dbeta = dgamma
    ck_layer_norm_backward(
      nil, &dgamma, &dbeta, dy, x, normals(rows, seed: 3), normals(rows, seed: 4), nil, Int64(rows),
      Int64(cols), CK_F32)
    return dgamma + dbeta + [ck_sum_of_squares(x, Int64(x.count))]
  }

  @Test(
    "Reductions give the same bits on one thread as on the team",
    arguments: [(3000, 97), (64, 4000), (17, 5)])
  func threadIndependence(rows: Int, cols: Int) {
    let onTheTeam = reductions(rows: rows, cols: cols)
    // Nested regions run inline, on one thread.
    var onOneThread = [[Float]](repeating: [], count: 2)
    onOneThread.withUnsafeMutableBufferPointer { results in
      nonisolated(unsafe) let results = results
      parallel(2, grain: 1) { begin, end in
        for i in begin..<end { results[i] = reductions(rows: rows, cols: cols) }
      }
    }
    #expect(onOneThread == [onTheTeam, onTheTeam])
  }
}

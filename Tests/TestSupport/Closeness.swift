import TensorCore
import Testing

/// Expects two lists of numbers to agree within `absolute + relative · |expected|`, and reports the worst
/// index.
///
/// Infinities must be equal, and NaN stands only where NaN is expected.
public func expectClose(
  _ actual: [Float], _ expected: [Float], absolute: Float = 0, relative: Float = 0,
  _ comment: @autoclosure () -> Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record(
      "\(actual.count) numbers, \(expected.count) expected. \(comment().map(String.init(describing:)) ?? "")",
      sourceLocation: sourceLocation)
    return
  }
  var failures = 0
  var worst = (index: 0, excess: -Float.infinity)
  for i in actual.indices {
    let (a, e) = (actual[i], expected[i])
    if a == e || (a.isNaN && e.isNaN) { continue }
    let difference = abs(a - e)
    let excess = difference.isFinite ? difference - (absolute + relative * abs(e)) : .infinity
    if excess > 0 { failures += 1 }
    if excess > worst.excess { worst = (i, excess) }
  }
  guard failures > 0 else { return }
  let (a, e) = (actual[worst.index], expected[worst.index])
  Issue.record(
    """
    \(failures) of \(actual.count) numbers differ, worst at index \(worst.index): \(a), expected \(e) \
    (difference \(a - e)). \(comment().map(String.init(describing:)) ?? "")
    """, sourceLocation: sourceLocation)
}

/// Expects two tensors of one shape to agree; see the form for lists.
public func expectClose(
  _ actual: Tensor, _ expected: Tensor, absolute: Float = 0, relative: Float = 0,
  _ comment: @autoclosure () -> Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.shape == expected.shape, comment(), sourceLocation: sourceLocation)
  expectClose(
    actual.array, expected.array, absolute: absolute, relative: relative, comment(),
    sourceLocation: sourceLocation)
}

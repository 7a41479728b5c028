import TensorCore

/// A tower that fine-tuning methods can change: its linear layers, its sites, and prompts by block.
public protocol AdaptableTower: AnyObject {
  var linears: [Linear] { get }
  var sites: [Site] { get }
  var prompts: [Int: any PromptTokens] { get set }
  /// Blocks, and columns of the residual stream.
  var depth: Int { get }
  var width: Int { get }
}

extension AdaptableTower {
  /// The values of the tower's own parameters that make a plain tower equal to this one with its updates and
  /// insertions, by path; nil if something in it cannot be folded into plain weights.
  public func mergedValues() -> [String: Tensor]? {
    guard prompts.isEmpty else { return nil }
    var values: [String: Tensor] = [:]
    func current(_ parameter: Parameter) -> Tensor { values[parameter.path] ?? parameter.value }

    for linear in linears {
      guard let update = linear.update else { continue }
      guard let merged = update.merged(weight: current(linear.weight), bias: linear.bias.map(current)) else {
        return nil
      }
      values[linear.weight.path] = merged.weight
      if let bias = linear.bias, let value = merged.bias { values[bias.path] = value }
    }
    for site in sites {
      guard let insertion = site.insertion else { continue }
      guard let affine = site.follows,
        let merged = insertion.merged(weight: current(affine.weight), bias: affine.bias.map(current))
      else { return nil }
      values[affine.weight.path] = merged.weight
      guard let shift = merged.bias else { continue }
      if let bias = affine.bias {
        values[bias.path] = shift
      } else if let sink = affine.shiftSink {
        values[sink.parameter.path] = current(sink.parameter).adding(shift, toRows: sink.rows)
      } else {
        return nil
      }
    }
    return values
  }
}

extension Tensor {
  /// A copy with `shift` [columns] added to a range of rows.
  fileprivate func adding(_ shift: Tensor, toRows rows: Range<Int>) -> Tensor {
    let result = copy()
    let part = result.rows(rows)
    Compute.backend.addBroadcast(part, self.rows(rows), table: shift)
    return result
  }
}

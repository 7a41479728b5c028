import TensorCore

extension Adaptation {
  /// Why what was added cannot become plain weights, in a few words after "because"; nil where it can.
  public var foldingObstacle: String? {
    if let headModule, !(headModule is any ComputedHead) { return "its head is more than class weights" }
    for tower in towers {
      if let tower = tower as? any PromptableTower {
        guard tower.prompts.isEmpty, tower.readout == nil else { return "learned tokens are no weights" }
      }
      for site in tower.sites {
        guard let insertion = site.insertion else { continue }
        guard let foldable = insertion as? any FoldableInsertion, target(of: foldable, at: site) != nil else {
          return "the module at \(site.path) is no linear map that a layer beside it could take up"
        }
      }
    }
    return nil
  }

  /// Values of the towers' own parameters, by path, that make plain towers equal to these with all that was added; those
  /// that stay as they are, are left out. Nil where `foldingObstacle` says why not.
  public func foldedValues() -> [String: Tensor]? {
    guard foldingObstacle == nil else { return nil }
    var values: [String: Tensor] = [:]
    func current(_ parameter: Parameter) -> Tensor { values[parameter.path] ?? parameter.value }

    for linear in towers.flatMap(\.linears) {
      guard let update = linear.update else { continue }
      let merged = update.merged(weight: current(linear.weight), bias: linear.bias.map(current))
      values[linear.weight.path] = merged.weight
      if let bias = linear.bias, let value = merged.bias { values[bias.path] = value }
    }
    for site in towers.flatMap(\.sites) {
      guard let insertion = site.insertion as? any FoldableInsertion,
        let affine = target(of: insertion, at: site)
      else { continue }
      let folded = insertion.folded(weight: current(affine.weight), bias: affine.bias.map(current))
      values[affine.weight.path] = folded.weight
      guard let shift = folded.bias else { continue }
      if let bias = affine.bias {
        values[bias.path] = shift
      } else if let sink = affine.shiftSink {
        values[sink.parameter.path] = current(sink.parameter).adding(shift, toRows: sink.rows)
      }
    }
    return values
  }

  /// The layer that takes up a module; nil where there is none, or none that has room for a shift.
  private func target(of insertion: any FoldableInsertion, at site: Site) -> AffineMap? {
    guard let affine = insertion.direction == .backward ? site.follows : site.precedes else { return nil }
    return affine.bias != nil || affine.shiftSink != nil ? affine : nil
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

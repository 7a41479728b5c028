import ArgumentParser
import Foundation
import WiSE

extension AlphaShape.Part: ExpressibleByArgument {}

/// Which weights move with alpha, how far, and whether beyond the ends.
struct MovementOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Alphas: FIRST:LAST:STEP or a list a,b,c, in 0…1 (beyond with --extrapolate).", valueName: "grid"))
  var alphas = "0:1:0.1"

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What moves with alpha while all else stays fine-tuned; the image tower's projection is of the head, and where class weights "
        + "are made from text, which is no head of its own, of vision.", valueName: "part"))
  var part = AlphaShape.Part.all

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Alpha of block l of L is alpha times A + (B - A) l / (L - 1), and alpha times A outside the blocks, as LiNeS has it "
        + "(default: alpha itself everywhere).", valueName: "a:b"))
  var depth: String?

  @Flag(name: .long, help: "Allow alphas less than 0 and more than 1 (default: no).")
  var extrapolate = false

  @Flag(
    name: .long,
    help:
      "With --extrapolate: rules may select alphas beyond 0…1, too (default: they choose among those in 0…1)."
  )
  var selectExtrapolated = false

  func validate() throws {
    guard extrapolate || !selectExtrapolated else {
      throw ValidationError("--select-extrapolated has no effect without --extrapolate; leave it away.")
    }
    guard depth == nil || part != .head else {
      throw ValidationError(
        "--depth says how far blocks move, and with --part head none does; leave one of them away.")
    }
  }

  func shape() throws(WiSEError) -> AlphaShape {
    var factors: DepthFactors?
    if let depth { factors = try DepthFactors(parsing: depth) }
    return AlphaShape(part: part, depth: factors, extrapolates: extrapolate)
  }

  /// The alphas, none of which leads anywhere in the model that is not allowed. Throws where --extrapolate is for nothing.
  func grid() throws -> [Double] {
    let (grid, shape) = (try AlphaGrid(parsing: alphas, beyond: extrapolate).values, try shape())
    for alpha in grid { try shape.check(alpha) }
    let factors = [1] + [shape.depth?.first, shape.depth?.last].compactMap { $0 }
    let leadsBeyond = grid.contains { alpha in factors.contains { !(0...1).contains(alpha * $0) } }
    guard !extrapolate || leadsBeyond else {
      throw ValidationError(
        "--extrapolate has no effect here: none of the alphas \(alphas) leads beyond 0…1; leave it away, or name some that do."
      )
    }
    return grid
  }
}

extension Tensor {
  /// Cuts images into non-overlapping patches, each laid out as a convolution weight is (channel, row, column).
  ///
  /// self: [batch, channels, height, width] → [batch, (height / patch) · (width / patch), channels · patch²]. Images
  /// are data: no gradient flows to them.
  public func unfolded(patch: Int) -> Tensor {
    let (batch, channels, height, width) = (shape[0], shape[1], shape[2], shape[3])
    precondition(
      height % patch == 0 && width % patch == 0, "\(shape) does not divide into patches of \(patch)")
    let patches = Tensor(
      uninitialized: [batch, (height / patch) * (width / patch), channels * patch * patch])
    Compute.backend.unfold(patches, images: self, patch: patch)
    return patches
  }
}

/// Sizes, offsets and padding, rounded where torchvision and open_clip round them.
extension Preprocessing {
  /// What the whole image is scaled to.
  func targetSize(width: Int, height: Int) -> (width: Int, height: Int) {
    switch resizeMode {
    case .squash:
      return (size, size)
    case .shortest:
      let long = Int(Double(size * max(width, height)) / Double(min(width, height)))
      return width <= height ? (size, long) : (long, size)
    case .longest:
      let ratio = Double(max(width, height)) / Double(size)
      func scaled(_ side: Int) -> Int { max(1, Int((Double(side) / ratio).rounded(.toNearestOrEven))) }
      return (scaled(width), scaled(height))
    }
  }

  /// The middle of `target`, `size` long where it is longer than that.
  func centre(of target: (width: Int, height: Int)) -> PixelBox {
    func offset(_ side: Int) -> Int {
      side <= size ? 0 : Int((Double(side - size) / 2).rounded(.toNearestOrEven))
    }
    return PixelBox(
      left: offset(target.width), top: offset(target.height),
      width: min(size, target.width), height: min(size, target.height))
  }

  /// Black around an image that is smaller than `size`; of an odd number of rows or columns, the last is the
  /// larger share.
  func padded(_ image: PixelImage) -> PixelImage {
    guard image.width < size || image.height < size else { return image }
    let left = (size - image.width) / 2
    let top = (size - image.height) / 2
    var pixels = [UInt8](repeating: 0, count: size * size * 3)
    for row in 0..<image.height {
      let from = row * image.width * 3
      let to = ((top + row) * size + left) * 3
      pixels.replaceSubrange(to..<to + image.width * 3, with: image.pixels[from..<from + image.width * 3])
    }
    return PixelImage(width: size, height: size, pixels: pixels)
  }
}

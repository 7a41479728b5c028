import CImageCodecs

/// The image scaled to `width` × `height`, byte for byte as Pillow's `resize` does it (antialiased when it
/// shrinks).
public func resize(
  _ image: PixelImage, width: Int, height: Int, interpolation: Preprocessing.Interpolation
) -> PixelImage {
  let everything = PixelBox(left: 0, top: 0, width: image.width, height: image.height)
  let window = PixelBox(left: 0, top: 0, width: width, height: height)
  return resize(everything, of: image, to: (width, height), keeping: window, interpolation)
}

/// A rectangle of pixels.
package struct PixelBox: Equatable {
  package var left, top, width, height: Int

  package init(left: Int, top: Int, width: Int, height: Int) {
    self.left = left
    self.top = top
    self.width = width
    self.height = height
  }
}

/// `source` cut out of the image and scaled to `size`, of which `window` is kept (and only that computed).
package func resize(
  _ source: PixelBox, of image: PixelImage, to size: (width: Int, height: Int), keeping window: PixelBox,
  _ interpolation: Preprocessing.Interpolation
) -> PixelImage {
  var job = ic_resize(
    source_width: Int32(source.width), source_height: Int32(source.height),
    target_width: Int64(size.width), target_height: Int64(size.height),
    left: Int64(window.left), top: Int64(window.top),
    window_width: Int32(window.width), window_height: Int32(window.height),
    filter: interpolation == .bicubic ? IC_BICUBIC : IC_BILINEAR)
  let total = window.width * window.height * 3
  let pixels = [UInt8](unsafeUninitializedCapacity: total) { out, count in
    let complete = image.pixels.withUnsafeBufferPointer { pixels in
      guard let from = pixels.baseAddress, let to = out.baseAddress else { return false }
      return ic_resample(from + (source.top * image.width + source.left) * 3, image.width * 3, &job, to)
    }
    // Scratch memory is a few rows: where that is lacking, the array above would have failed first.
    precondition(complete, "no memory to resize an image")
    count = total
  }
  return PixelImage(width: window.width, height: window.height, pixels: pixels)
}

import Foundation
import ImageCodec

/// Another dataset under a name that no other has.
struct RenamedDataset: ImageDataset {
  let base: any ImageDataset
  let name: String

  var role: DatasetRole { base.role }
  var classes: [DatasetClass] { base.classes }
  var count: Int { base.count }
  var leftOut: [String: Int] { base.leftOut }
  func label(at index: Int) -> Int { base.label(at: index) }
  func path(at index: Int) -> String { base.path(at: index) }
  func bytes(at index: Int) throws(DatasetError) -> Data { try base.bytes(at: index) }
  func image(at index: Int) throws(DatasetError) -> PixelImage { try base.image(at: index) }
  func readAhead(at index: Int) { base.readAhead(at: index) }
}

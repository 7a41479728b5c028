import ImageCodec

/// The samples of a shard: neighbouring members that share a key, of which one is the image and one the label.
///
/// The key is the path up to the first dot after the last slash; what follows, in lower case, is the suffix.
struct ShardSamples {
  struct Sample {
    let image: TarIndex.Member
    let label: TarIndex.Member
  }

  private(set) var samples: [Sample] = []
  /// Members that are neither image nor label, as `LeftOutFiles` counts.
  private(set) var leftOut: [String: Int] = [:]

  init(of index: TarIndex, archive: String, allowPartial: Bool) throws(DatasetError) {
    for link in index.links {
      let suffix = ImageDecoder.suffix(of: link)
      guard suffix != "cls", !ImageDecoder.isImageFile(link) else {
        throw .badArchive(
          file: archive,
          problem: "\(link) is a link, not a file; pack files with tar --dereference --hard-dereference")
      }
      leftOut.count(LeftOutFiles.links)
    }
    var key: String?
    var members: [String: TarIndex.Member] = [:]
    for member in index.members {
      let file = member.path.lastPathComponent
      if file.hasPrefix("__") && file.hasSuffix("__") { continue }
      if SystemFiles.isDropping(file) {
        leftOut.count(LeftOutFiles.system)
        continue
      }
      guard let dot = file.firstIndex(of: "."), dot > file.startIndex else {
        leftOut.count(file.hasPrefix(".") ? LeftOutFiles.hidden : "")
        continue
      }
      let memberKey = String(member.path.dropLast(file.count)) + file[..<dot]
      let suffix = file[file.index(after: dot)...].lowercased()
      if memberKey != key {
        try finish(key, members, archive: archive, allowPartial: allowPartial)
        key = memberKey
        members = [:]
      }
      guard members.updateValue(member, forKey: suffix) == nil else {
        throw .badArchive(file: archive, problem: "sample \(memberKey) has two members .\(suffix)")
      }
    }
    try finish(key, members, archive: archive, allowPartial: allowPartial)
  }

  private mutating func finish(
    _ key: String?, _ members: [String: TarIndex.Member], archive: String, allowPartial: Bool
  ) throws(DatasetError) {
    guard let key, !members.isEmpty else { return }
    func problem(_ words: String) -> DatasetError {
      .badArchive(file: archive, problem: "sample \(key) \(words)")
    }
    let suffixes = members.keys.sorted(by: String.bytewise)
    // A suffix with a dot, such as seg.png, is another picture of the sample.
    let images = suffixes.filter { ImageDecoder.isImageFile("." + $0) && !$0.contains(".") }
    guard images.count < 2 else {
      throw problem(
        "has several images (\(images.map { "." + $0 }.joined(separator: ", "))); keep one of them")
    }
    guard let suffix = images.first, let image = members[suffix] else {
      let unread = suffixes.filter { ImageDecoder.isUnreadImageFile("." + $0) }
      let there = unread.isEmpty ? "" : ", only .\(unread.joined(separator: ", .")), which is not read"
      guard !unread.isEmpty, allowPartial else {
        throw problem(
          "has no image (\(ImageDecoder.suffixList))\(there); a key ends at its first dot"
            + (unread.isEmpty ? "" : "; convert it, or pass --allow-partial, which leaves it out"))
      }
      for suffix in unread { leftOut.count(suffix) }
      return
    }
    guard let label = members["cls"] else { throw problem("has no label (.cls)") }
    samples.append(Sample(image: image, label: label))
    for other in suffixes where other != suffix && other != "cls" { leftOut.count(other) }
  }
}

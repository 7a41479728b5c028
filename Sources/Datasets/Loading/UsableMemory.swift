import Foundation

/// How much memory this process may use: what the machine has, or less where a control group says so, as in containers
/// and jobs of a cluster.
public enum UsableMemory {
  /// In bytes.
  public static let bytes = bytes(
    root: "", physical: Int(clamping: ProcessInfo.processInfo.physicalMemory))

  /// The smallest of the limits of the groups of this process, and of those that hold them, and of what the machine has;
  /// system files are looked for below `root`.
  package static func bytes(root: String, physical: Int) -> Int { limits(root: root).reduce(physical, min) }

  private static func limits(root: String) -> [Int] {
    guard let groups = text(root + "/proc/self/cgroup"), let mounts = text(root + "/proc/self/mountinfo")
    else { return [] }
    let places = mounts.split(separator: "\n").compactMap { Mount($0) }
    var limits: [Int] = []
    for line in groups.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let isSecondVersion = parts[0] == "0" && parts[1].isEmpty
      guard isSecondVersion || parts[1].split(separator: ",").contains("memory") else { continue }
      for place in places where isSecondVersion ? place.isSecondVersion : place.holdsMemory {
        let file = isSecondVersion ? "memory.max" : "memory.limit_in_bytes"
        limits += place.folders(of: String(parts[2])).compactMap { limit(in: root + $0 + "/" + file) }
      }
    }
    return limits
  }

  /// Nil where there is none: "max", or no number that a memory could have.
  private static func limit(in file: String) -> Int? {
    guard let words = text(file), let limit = Int(words.trimmingCharacters(in: .whitespacesAndNewlines)),
      limit > 0
    else { return nil }
    return limit
  }

  private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

  /// Where a hierarchy of control groups is mounted: a line of `mountinfo`.
  private struct Mount {
    /// Which group is seen at the mount point.
    let root: String
    let point: String
    let isSecondVersion: Bool
    /// Whether it is the first version's hierarchy of memory.
    let holdsMemory: Bool

    init?(_ line: Substring) {
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else { return nil }
      root = Self.unescaped(fields[3])
      point = Self.unescaped(fields[4])
      isSecondVersion = fields[dash + 1] == "cgroup2"
      holdsMemory =
        fields[dash + 1] == "cgroup" && fields[dash + 3].split(separator: ",").contains("memory")
      guard isSecondVersion || holdsMemory else { return nil }
    }

    /// The folders of a group and of all groups that hold it, as far as they are mounted.
    func folders(of group: String) -> [String] {
      var path = group
      if root != "/" {
        // A group beside the mounted ones cannot be seen; the outermost that can holds for all.
        path = path == root || path.hasPrefix(root + "/") ? String(path.dropFirst(root.count)) : ""
      }
      let names = path.split(separator: "/")
      guard !names.contains("..") else { return [point] }
      return (0...names.count).map { ([point] + names.prefix($0).map(String.init)).joined(separator: "/") }
    }

    /// Blanks and the like are written as backslashes with three octal digits.
    private static func unescaped(_ field: Substring) -> String {
      var parts = field.split(separator: "\\", omittingEmptySubsequences: false)
      let first = parts.removeFirst()
      return parts.reduce(into: String(first)) { text, part in
        if let code = UInt8(part.prefix(3), radix: 8) {
          text += String(UnicodeScalar(code)) + part.dropFirst(3)
        } else {
          text += "\\" + part
        }
      }
    }
  }
}

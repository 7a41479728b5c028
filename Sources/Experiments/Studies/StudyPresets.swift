/// The studies that come with the program.
public enum StudyPresets {
  /// One line a file of `Studies/Embedded`.
  private static let files: [(name: String, bytes: [UInt8])] = [
    ("shapes", PackageResources.shapes_yaml),
    ("low-shot", PackageResources.low_shot_yaml),
    ("complementary", PackageResources.complementary_yaml),
    ("many-shot", PackageResources.many_shot_yaml),
    ("robustness", PackageResources.robustness_yaml),
  ]

  /// Name and text of each.
  public static let all: [(name: String, text: String)] = files.map {
    ($0.name, String(decoding: $0.bytes, as: UTF8.self))
  }

  static func text(named name: String) -> String? { all.first { $0.name == name }?.text }
}

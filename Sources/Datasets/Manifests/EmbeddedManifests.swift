import Foundation

/// The manifests that are part of the program itself, so that it works wherever its one file is copied.
///
/// A file of `manifests/` is embedded by a line here.
enum EmbeddedManifests {
  static let files: [String: [UInt8]] = [
    "shapes.yaml": PackageResources.shapes_yaml,
    "shapes-v2.yaml": PackageResources.shapes_v2_yaml,
    "shapes-r.yaml": PackageResources.shapes_r_yaml,
    "shapes-sketch.yaml": PackageResources.shapes_sketch_yaml,
    "shapes-a.yaml": PackageResources.shapes_a_yaml,
    "shapes-classes.txt": PackageResources.shapes_classes_txt,
    "shapes-templates.txt": PackageResources.shapes_templates_txt,
  ]
}

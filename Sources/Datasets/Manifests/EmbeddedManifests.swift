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
    "imagenet.yaml": PackageResources.imagenet_yaml,
    "imagenet-v2.yaml": PackageResources.imagenet_v2_yaml,
    "imagenet-v2-threshold.yaml": PackageResources.imagenet_v2_threshold_yaml,
    "imagenet-v2-top-images.yaml": PackageResources.imagenet_v2_top_images_yaml,
    "imagenet-r.yaml": PackageResources.imagenet_r_yaml,
    "imagenet-a.yaml": PackageResources.imagenet_a_yaml,
    "imagenet-sketch.yaml": PackageResources.imagenet_sketch_yaml,
    "objectnet.yaml": PackageResources.objectnet_yaml,
    "imagenet-classes.txt": PackageResources.imagenet_classes_txt,
    "imagenet-r-classes.txt": PackageResources.imagenet_r_classes_txt,
    "imagenet-a-classes.txt": PackageResources.imagenet_a_classes_txt,
    "imagenet-templates.txt": PackageResources.imagenet_templates_txt,
    "imagenet-7-templates.txt": PackageResources.imagenet_7_templates_txt,
    "objectnet-classes.txt": PackageResources.objectnet_classes_txt,
  ]
}

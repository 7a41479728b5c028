/// The recipes that come with the program.
enum EmbeddedRecipes {
  /// One line a file of `Recipes/Embedded`.
  static let files: [(name: String, text: String)] = [
    ("world.yaml", PackageResources.world_yaml),
    ("wise-ft.yaml", PackageResources.wise_ft_yaml),
    ("study-robustness.yaml", PackageResources.study_robustness_yaml),
    ("frozen-features.yaml", PackageResources.frozen_features_yaml),
    ("linear-probe.yaml", PackageResources.linear_probe_yaml),
    ("flyp.yaml", PackageResources.flyp_yaml),
    ("carot.yaml", PackageResources.carot_yaml),
    ("lipsum-ft.yaml", PackageResources.lipsum_ft_yaml),
    ("lp-ft.yaml", PackageResources.lp_ft_yaml),
    ("clipood.yaml", PackageResources.clipood_yaml),
    ("study-vtab.yaml", PackageResources.study_vtab_yaml),
    ("clip-lora.yaml", PackageResources.clip_lora_yaml),
    ("coop.yaml", PackageResources.coop_yaml),
  ].map { ($0.0, String(decoding: $0.1, as: UTF8.self)) }
}

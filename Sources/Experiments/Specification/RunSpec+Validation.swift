import CLIPCore
import Datasets
import NN
import PEFT
import Training

extension RunSpec {
  /// Throws unless a run of it can work, as far as that can be told without its model and its images.
  public func validate() throws {
    try settings.validate(images: 1)
    try settings.augmentation?.validate(size: imageSize)
    try validateModel()
    try data.validate(seed: settings.seeds.data)
    let method = try makeMethod()
    if let share = settings.augmentation?.patchDropout { try Self.validate(patchDropout: share, method) }
    guard settings.objective.name != .contrastive || method.prompts != .none || towers.contains(.text) else {
      throw TrainingError.badValue(
        keys: ["objective.name", "method.towers", "method.name"],
        "is contrastive, which reads captions, and no text tower trains; give --towers both (method.towers)")
    }
  }

  private var towers: Set<TowerKind> { method.towers.kinds }

  private func validateModel() throws {
    guard !model.isEmpty else {
      throw TrainingError.badValue(
        "model", "is empty; give a model folder, a file of weights or \(WorldModel.name)")
    }
    if let imageSize, imageSize < 1 {
      throw TrainingError.badValue("image_size", "is \(imageSize); give at least 1")
    }
    guard let arch else { return }
    do {
      _ = try Architectures.config(named: arch)
    } catch {
      throw TrainingError.badValue("arch", "is unknown: \(error.description.asClause)")
    }
  }

  static func validate(
    patchDropout: Double, _ method: any FineTuningMethod
  ) throws(TrainingError) {
    guard patchDropout > 0, type(of: method).needsEveryPatch else { return }
    throw .badValue(
      keys: ["augmentation.patch_dropout", "method.name"],
      "is \(patchDropout), and \(type(of: method).name) needs every patch of an image; leave it away")
  }

  /// What nothing comes of, as the rest is.
  public var inert: [InertSetting] {
    var found = settings.inert
    if data.shots == nil {
      found.append(
        InertSetting("data.sampler", by: ["data.shots"], "it draws data.shots, and all images are taken"))
    }
    if data.trainOnValidation == true, data.validation == nil {
      found.append(
        InertSetting(
          "data.validation_fraction", by: ["data.train_on_validation"],
          "data.train_on_validation keeps none for validation"))
    }
    if data.validation != nil {
      found.append(
        InertSetting(
          "data.validation_fraction", by: ["data.validation"], "data.validation names the validation images"))
    }
    return found
  }
}

extension TrainingDataRequest {
  /// Throws where no data can be as they are asked for. `seed` chooses shots.
  func validate(seed: UInt64) throws(TrainingError) {
    for (key, text) in [("data.dataset", dataset), ("data.validation", validation)] {
      guard let text else { continue }
      do {
        _ = try DatasetSpecifier.parse(text)
      } catch {
        throw .badValue(key, "names no data: \(error.description.asClause)")
      }
    }
    guard validationFraction > 0, validationFraction < 1 else {
      throw .badValue(
        "data.validation_fraction", "is \(validationFraction); give a number between 0 and 1")
    }
    if let shots, shots < 1 { throw .badValue("data.shots", "is \(shots); give at least 1") }
    guard shots == nil || sampler == .own || Int(exactly: seed) != nil else {
      throw .badValue(
        keys: ["data.sampler", "seeds.data", "seeds.all"],
        "is coop, which takes seeds up to \(Int.max), and the seed is \(seed)")
    }
    try validateClasses()
    guard descriptions == nil || (templates == nil && promptNames == nil) else {
      throw .badValue(
        keys: ["data.descriptions", "data.templates", "data.prompt_names"],
        "is given beside templates or names for them, and descriptions are whole prompts; give one of them")
    }
    guard let templates else { return }
    guard !templates.isEmpty else {
      throw .badValue("data.templates", "is an empty list; give prompts, or none for those of the data")
    }
    for (index, prompt) in templates.enumerated() where !prompt.contains("{}") {
      throw .badValue("data.templates.\(index)", "is '\(prompt)'; give a prompt with {} for the class name")
    }
  }

  private func validateClasses() throws(TrainingError) {
    guard let classes else { return }
    guard !classes.isEmpty else {
      throw .badValue("data.classes", "is an empty list; give names, or none for those of the data")
    }
    for (index, name) in classes.enumerated() {
      guard !name.isEmpty else {
        throw .badValue("data.classes.\(index)", "is empty; give the name of a class")
      }
      guard !classes[..<index].contains(name) else {
        throw .badValue("data.classes.\(index)", "is '\(name)' a second time; name each class once")
      }
    }
  }
}

extension String {
  /// A sentence within another: without its full stop.
  var asClause: String { hasSuffix(".") ? String(dropLast()) : self }
}

import CLIPCore
import Checkpoint
import NN
import TensorCore
import Training

/// What it takes to keep and to ask several models.
public struct EnsembleCost: Codable, Sendable, Equatable {
  /// How many different models are asked, and how many different pre-trained models they began from.
  public let members: Int
  public let pretrainedModels: Int
  /// Numbers that are stored: of each pre-trained image tower once what some member left as it was, and of each member what it
  /// tuned and its head.
  public let parameters: Int
  /// The same of the largest member alone.
  public let largestMemberParameters: Int
  /// Passes through an image tower for each image.
  public let forwardPasses: Int
  /// Time beside that of one member; nil where members are of different architectures. It is counted in forward passes, not
  /// measured.
  public let relativeTime: Double?

  private enum CodingKeys: String, CodingKey {
    case members, parameters
    case pretrainedModels = "pretrained_models"
    case largestMemberParameters = "largest_member_parameters"
    case forwardPasses = "forward_passes"
    case relativeTime = "relative_time"
  }

  /// Reads from the run folders what is stored.
  init(_ members: [EnsembleMember]) throws {
    let owned = try members.map { (member: $0, own: try Self.own($0)) }
    let families = Dictionary(grouping: owned) { Base($0.member.record.model) }
    self.members = members.count
    pretrainedModels = families.count
    parameters = families.values.reduce(0) { $0 + Self.stored($1) }
    largestMemberParameters = owned.map { Self.stored([$0]) }.max() ?? 0
    forwardPasses = members.count
    relativeTime =
      Set(members.map { JSONFormat.line($0.record.model.architecture.vision) }).count == 1
      ? Double(members.count) : nil
  }

  private typealias Owned = (member: EnsembleMember, own: [String: Int])

  /// What members share that began from it.
  private struct Base: Hashable {
    let sha256: String
    let adapter: String?

    init(_ model: RunRecord.Model) { (sha256, adapter) = (model.sha256, model.adapter?.sha256) }
  }

  /// Of members that began from one model.
  private static func stored(_ family: [Owned]) -> Int {
    guard let config = family.first?.member.record.model.architecture else { return 0 }
    let tower = CLIP(config: config, source: UninitializedSource()).store.parameters.filter {
      $0.path.hasPrefix("visual.")
    }
    let shared = tower.filter { parameter in family.contains { $0.own[parameter.path] == nil } }
    return shared.reduce(0) { $0 + $1.count }
      + family.reduce(0) { $0 + $1.own.values.reduce(0, +) }
  }

  /// How many numbers a member keeps for itself, by name.
  private static func own(_ member: EnsembleMember) throws -> [String: Int] {
    let url = member.alpha == 0 ? member.folder.startHeadFile : member.folder.tunedFile
    let file = try OwnFile.reading(url, remedy: "put back the run's own file, or train the run anew") {
      try SafetensorsFile(url: url)
    }
    return Dictionary(
      file.names.map { ($0, (file.shape(of: $0) ?? []).reduce(1, *)) },
      uniquingKeysWith: { first, _ in first })
  }
}

/// A class of a dataset: what its data call it, and what prompts call it.
///
/// In a manifest, a plain text is both; otherwise a mapping gives `id` and `name`.
public struct DatasetClass: Sendable, Codable, Hashable {
  /// Identifier, such as a WordNet id; the name where there is none.
  public let id: String
  public let name: String
  /// Identifiers of the classes of its family that it covers, where it is not one of them itself.
  public let covers: [String]

  public init(id: String, name: String, covers: [String] = []) {
    self.id = id
    self.name = name
    self.covers = covers
  }

  private enum CodingKeys: String, CodingKey { case id, name, covers }

  public init(from decoder: any Decoder) throws {
    if let text = try? decoder.singleValueContainer().decode(String.self) {
      self.init(id: text, name: text)
    } else {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      let name = try container.decode(String.self, forKey: .name)
      self.init(
        id: try container.decodeIfPresent(String.self, forKey: .id) ?? name, name: name,
        covers: try container.decodeIfPresent([String].self, forKey: .covers) ?? [])
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(name, forKey: .name)
    if !covers.isEmpty { try container.encode(covers, forKey: .covers) }
  }
}

/// How methods compare with linear probing, task by task.
public struct TaskComparison: Codable, Sendable, Equatable {
  /// The accuracy of one method, a fraction in 0…1.
  public struct Entry: Codable, Sendable, Equatable {
    public var method: String
    public var accuracy: Double

    /// What `method` reaches.
    public init(method: String, accuracy: Double) {
      self.method = method
      self.accuracy = accuracy
    }
  }

  /// One dataset that every method was trained on.
  public struct Task: Codable, Sendable, Equatable {
    public var name: String
    /// The heading it stands under, such as "natural"; empty for none.
    public var group: String
    /// Linear probing, a fraction in 0…1.
    public var linear: Double
    /// Full fine-tuning; nil where it was not measured.
    public var full: Double?
    /// The parameter-efficient methods.
    public var efficient: [Entry]

    /// The accuracies on the task `name`.
    public init(name: String, group: String = "", linear: Double, full: Double?, efficient: [Entry]) {
      self.name = name
      self.group = group
      self.linear = linear
      self.full = full
      self.efficient = efficient
    }
  }

  public var tasks: [Task]
  /// What a reader must know of these numbers, a sentence or two; empty for nothing.
  public var remark: String

  /// The comparison over `tasks`.
  public init(tasks: [Task], remark: String = "") {
    self.tasks = tasks
    self.remark = remark
  }
}

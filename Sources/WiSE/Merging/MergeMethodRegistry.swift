/// Every merge method, by name. A new method is one file and one line here; contract tests iterate this list.
public enum MergeMethodRegistry {
  public static let all: [any MergeMethod.Type] = [
    UniformSoup.self,
    GreedySoup.self,
    LearnedSoup.self,
    FisherMerge.self,
    Slerp.self,
    TaskArithmetic.self,
    LiNeS.self,
    TIES.self,
    DARE.self,
    ModelStock.self,
    IsoC.self,
    TSVMerge.self,
  ]

  /// The method called `name` with options given as text, such as `["density": "0.2"]`.
  public static func method(
    named name: String, options: [String: String] = [:]
  ) throws(MergeError) -> any MergeMethod {
    guard let type = all.first(where: { $0.name == name }) else {
      throw .unknownMethod(name, known: all.map { $0.name })
    }
    return try type.init(options: options)
  }
}

/// What the colour and mark of a method are chosen by, in every report alike.
public struct MethodLook: Codable, Sendable, Equatable {
  /// The place of the method in a list of all methods that only ever grows at its end.
  public var method: Int
  /// Tells variants of one method apart, such as "rank 4"; empty for the method as it is unless told otherwise.
  public var variant: String

  /// The look of the method at `method` of the list, in its `variant`.
  public init(method: Int, variant: String = "") {
    self.method = method
    self.variant = variant
  }
}

extension ReportDocument {
  /// The look of every method, in their order; no two are the same.
  ///
  /// A method has the look of its number. A variant has the colour of its method and a pattern of dashes and mark that a
  /// hash of its key names (FNV-1a, 64 bits); where another method of the report has that pattern, the next that is free.
  /// Methods without a number, as in reports of older versions, come last and take the first looks that are free.
  package var styles: [PlotStyle] {
    var taken = Set<Int>()
    var styles = [PlotStyle?](repeating: nil, count: methods.count)
    func free(from first: Int) -> Int {
      let patterns = (0..<PlotStyle.patternCount).map { (first &+ $0) % PlotStyle.patternCount }
      return patterns.first { !taken.contains($0) } ?? first % PlotStyle.patternCount
    }
    func take(_ index: Int, _ style: PlotStyle) {
      taken.insert(style.pattern)
      styles[index] = style
    }
    // The order of choice is that of the keys, not that of the methods in the report.
    let keyed = methods.indices.filter { methods[$0].look != nil }.sorted { one, other in
      func key(_ index: Int) -> (Int, Int, String, String) {
        let look = methods[index].look
        return (
          look?.variant.isEmpty == false ? 1 : 0, look?.method ?? 0, look?.variant ?? "", methods[index].name
        )
      }
      return key(one) < key(other)
    }
    for index in keyed {
      guard let look = methods[index].look else { continue }
      let own = PlotStyle(look.method)
      let first =
        look.variant.isEmpty
        ? own.pattern : (own.pattern + 1 + Int(Self.hash(look.variant) % UInt64(PlotStyle.patternCount - 1)))
      take(index, PlotStyle(colour: own.colour, pattern: free(from: first)))
    }
    for index in methods.indices where styles[index] == nil { take(index, PlotStyle(free(from: 0))) }
    return styles.map { $0 ?? PlotStyle(0) }
  }

  /// The look of the method `name`; nil where the report has none of that name.
  package func style(of name: String) -> PlotStyle? {
    methods.firstIndex { $0.name == name }.map { styles[$0] }
  }

  /// The first `count` looks that no method of the report has.
  package func freeStyles(_ count: Int) -> [PlotStyle] {
    let taken = Set(styles.map(\.pattern))
    let free = (0..<PlotStyle.patternCount).filter { !taken.contains($0) }
    return (0..<count).map { PlotStyle(free.isEmpty ? $0 : free[$0 % free.count]) }
  }

  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}

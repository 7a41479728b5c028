/// The named colours of things.
enum WorldColour: Int, CaseIterable, Sendable {
  case red, orange, yellow, green, teal, blue, purple, pink

  var name: String { String(describing: self) }

  /// Red, green and blue in 0…1.
  var rgb: SIMD3<Float> {
    switch self {
    case .red: [0.86, 0.16, 0.16]
    case .orange: [0.96, 0.54, 0.12]
    case .yellow: [0.97, 0.86, 0.18]
    case .green: [0.18, 0.66, 0.24]
    case .teal: [0.10, 0.72, 0.70]
    case .blue: [0.17, 0.33, 0.88]
    case .purple: [0.54, 0.22, 0.76]
    case .pink: [0.96, 0.47, 0.72]
    }
  }
}

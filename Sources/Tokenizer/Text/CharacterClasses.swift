/// Characters that occur in wrongly decoded text, by what they are used for; a class is the index of its characters.
enum CharacterClasses {
  static let common = 0
  static let controls = 1
  static let bad = 2
  static let law = 3
  static let currency = 4
  static let opening = 5
  static let closing = 6
  static let numeric = 7
  static let faces = 8
  static let upperAccented = 9
  static let lowerAccented = 10
  static let upperCommon = 11
  static let lowerCommon = 12
  static let boxes = 13

  static let all: [Set<Unicode.Scalar>] = [
    commonCharacters,
    controlsCharacters,
    badCharacters,
    lawCharacters,
    currencyCharacters,
    openingCharacters,
    closingCharacters,
    numericCharacters,
    facesCharacters,
    upperAccentedCharacters,
    lowerAccentedCharacters,
    upperCommonCharacters,
    lowerCommonCharacters,
    boxesCharacters,
  ]

  /// The characters of a text, in which `a-z` stands for all from a to z.
  static func characters(_ text: String) -> Set<Unicode.Scalar> {
    let scalars = Array(text.unicodeScalars)
    var result: Set<Unicode.Scalar> = []
    var position = 0
    while position < scalars.count {
      if position + 2 < scalars.count, scalars[position + 1] == "-" {
        result.formUnion(
          (scalars[position].value...scalars[position + 2].value).compactMap(Unicode.Scalar.init))
        position += 3
      } else {
        result.insert(scalars[position])
        position += 1
      }
    }
    return result
  }

  private static let commonCharacters = characters(
    "\u{A0}\u{AD}·\u{B4}–—―…’")
  private static let controlsCharacters = characters(
    "\u{80}-\u{9F}")
  private static let badCharacters = characters(
    "¦¤\u{A8}¬\u{AF}\u{B8}ƒ\u{2C6}\u{2C7}\u{2D8}\u{2DB}\u{2DC}†‡‰⌐◊�ªº")
  private static let lawCharacters = characters(
    "¶§")
  private static let currencyCharacters = characters(
    "¢£¥₧€")
  private static let openingCharacters = characters(
    "¡«¿©\u{384}\u{385}‘‚“„•‹\u{F8FF}")
  private static let closingCharacters = characters(
    "®»\u{2DD}”›™")
  private static let numericCharacters = characters(
    "²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№")
  private static let facesCharacters = characters(
    "Ò-ÖÙ-Üò-öø-üŐŌŪŲ°")
  private static let upperAccentedCharacters = characters(
    "À-ÑØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ")
  private static let lowerAccentedCharacters = characters(
    "ßà-ñăąāćčďđęěēėğģįīķĺľłļœŕśşšťüźżžґﬁﬂ")
  private static let upperCommonCharacters = characters(
    "ÞΑ-ΩΆΈΉΊΌΎΏΪΫЁ-Я")
  private static let lowerCommonCharacters = characters(
    "α-ωάέήίΰа-џ")
  private static let boxesCharacters = characters(
    "│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓")
}

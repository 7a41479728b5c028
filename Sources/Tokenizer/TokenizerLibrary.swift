/// The library that a model belongs to, which decides what its texts become before they are cut into words.
public enum TokenizerLibrary: Sendable {
  /// A folder's `tokenizer.json` says it, with tokens that are special wherever they stand in a text. Where there is no such
  /// file, texts are cleaned as OpenAI's tokenizer cleans them.
  case transformers
  /// OpenAI's and open_clip's own tokenizer: repairs, HTML unescaped; settings of transformers are not for it, and
  /// `<|endoftext|>` within a text is a text.
  case openCLIP
}

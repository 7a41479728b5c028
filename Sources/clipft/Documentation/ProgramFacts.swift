import TensorCore

/// What is true of every command, and so stands on pages of its own.
enum ProgramFacts {
  struct Row {
    let name: String
    let meaning: String
  }

  static let exitCodes: [Row] =
    [Row(name: "0", meaning: "Done.")]
    + FailureKind.allCases.map { Row(name: "\($0.rawValue)", meaning: meaning(of: $0)) } + [
      Row(
        name: "130",
        meaning:
          "Interrupted by Ctrl-C, SIGTERM or SIGHUP; what there was to save is saved, and how to continue is said."
      )
    ]

  static let exitNotes = [
    "An error is one sentence on standard error that says what is wrong, where (file, key, line), and what to do.",
    "If standard output cannot take the result (a full disk, a closed stream), the work is done and its files are saved, and "
      + "the exit code is 74. So it is if the reader has left, as `head` does, but then nothing is said. Standard error is for "
      + "people: whether anybody reads it changes nothing.",
  ]

  static let settingsNote =
    "Settings come from flags, then the environment, then `clipft.yaml`, looked for from the working folder upwards, then "
    + "defaults, which `--help` shows. An empty variable is one that is not set, and `~` is the home folder wherever a path is "
    + "given. Paths in `clipft.yaml` are relative to it."

  static let variables = [
    Row(name: "CLIPFT_DATA", meaning: "Folder that manifests' paths are relative to; `--data-root`."),
    Row(name: "CLIPFT_RUNS", meaning: "Folder in which runs are made and looked for (default: `runs`)."),
    Row(
      name: "CLIPFT_TOKENIZER",
      meaning:
        "Vocabulary of models that bring none: `bpe_simple_vocab_16e6.txt.gz`, `tokenizer.json`, or a folder."
    ),
    Row(name: "CLIPFT_MANIFESTS", meaning: "Folders with manifests, separated by colons."),
    Row(name: "CLIPFT_IMAGE_MEMORY", meaning: "Memory for decoded images, such as 2GB; `--image-memory`."),
    Row(name: "CLIPFT_PIXEL_CACHE", meaning: "Folder that keeps decoded images; `--pixel-cache`."),
    Row(
      name: "CLIPFT_ENGINE",
      meaning: "What multiplies matrices, `onednn` or `openblas` (default: oneDNN where it is found)."),
    Row(name: "OMP_NUM_THREADS", meaning: "Threads, where `--threads` does not say."),
    Row(name: "NO_COLOR", meaning: "If set, nothing is coloured."),
    Row(
      name: "XDG_CACHE_HOME",
      meaning:
        "Where what is made for reuse is kept, in its folder `clipft`: the embedded world's model and images, heads, "
        + "the vocabulary (default: `~/.cache`)."),
    Row(
      name: "HF_HOME, HF_HUB_CACHE",
      meaning:
        "Where Hugging Face's libraries keep what they fetched; vocabularies are looked for there."),
  ]

  static let settings = Configuration.documentation.map { key, advice in
    let value = advice.trimmingPrefix("give ")
    return Row(name: key, meaning: value.prefix(1).uppercased() + value.dropFirst() + ".")
  }

  static let settingsExample = [
    "model: models/clip-vit-base-patch16", "data_root: /data", "runs: runs", "threads: 8",
  ]
}

extension ProgramFacts {
  private static func meaning(of kind: FailureKind) -> String {
    switch kind {
    case .usage: "Usage: an option, argument or setting does not exist, is missing or is out of range."
    case .badData: "Bad data: a corrupt or mismatched file, an unknown class."
    case .inputNotFound: "An input is not found or cannot be opened."
    case .internalError: "Internal error: a promise of this program is broken; please report it."
    case .cannotCreateOutput: "An output cannot be created, or another process is making it."
    case .ioFailure: "Reading or writing failed."
    }
  }
}

// swift-tools-version: 6.0
import PackageDescription

/// Dependencies point one way, down this list; see README.md, "How it is built".
let package = Package(
  name: "clipft",
  products: [
    .executable(name: "clipft", targets: ["clipft"]),
    .library(name: "CLIPCore", targets: ["CLIPCore"]),
    .library(name: "Tokenizer", targets: ["Tokenizer"]),
    .library(name: "PEFT", targets: ["PEFT"]),
    .library(name: "WiSE", targets: ["WiSE"]),
    .library(name: "EvalShift", targets: ["EvalShift"]),
    .library(name: "Experiments", targets: ["Experiments"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: [
    // System libraries: module maps only.
    .systemLibrary(
      name: "CZstd", path: "Sources/SystemLibraries/CZstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(
      name: "CZlib", path: "Sources/SystemLibraries/CZlib", providers: [.apt(["zlib1g-dev"])]),

    // C: what must be vectorised, and shims where Swift cannot call a library directly.
    // oneDNN, OpenBLAS and OpenMP are opened at run time. Linked OpenMP would start before it can be told not to spin.
    .target(name: "CKernels", linkerSettings: [.linkedLibrary("m"), .linkedLibrary("dl")]),
    .target(
      name: "CImageCodecs",
      linkerSettings: [
        .linkedLibrary("jpeg"), .linkedLibrary("png"), .linkedLibrary("z"), .linkedLibrary("webp"),
        .linkedLibrary("webpdemux"), .linkedLibrary("tiff"), .linkedLibrary("m"),
      ]),

    // Libraries.
    .target(name: "TensorCore", dependencies: ["CKernels"]),
    .target(name: "NN", dependencies: ["TensorCore"]),
    .target(name: "ImageCodec", dependencies: ["CImageCodecs", "TensorCore"]),
    .target(name: "Checkpoint", dependencies: ["TensorCore", "CKernels", "CZlib", "CZstd"]),
    .target(name: "Tokenizer", dependencies: ["Checkpoint"]),
    .target(name: "CLIPCore", dependencies: ["NN", "Tokenizer", "Checkpoint", "ImageCodec"]),
    .target(name: "PEFT", dependencies: ["NN", "Checkpoint"]),
    .target(
      name: "Datasets", dependencies: ["ImageCodec", "Checkpoint", "TensorCore", "Yams"],
      exclude: ["Manifests/Embedded/README.md"], resources: [.embedInCode("Manifests/Embedded")]),
    .target(name: "WiSE", dependencies: ["Checkpoint"]),
    .target(
      name: "EvalShift", dependencies: ["Datasets", "TensorCore"],
      resources: [.embedInCode("Robustness/Embedded")]),
    .target(name: "Report", resources: [.embedInCode("Published/Embedded")]),
    .target(name: "Training", dependencies: ["CLIPCore", "PEFT", "Datasets", "Checkpoint"]),
    .target(
      name: "Experiments", dependencies: ["Training", "WiSE", "EvalShift", "Report", "Yams"],
      resources: [.embedInCode("Recipes/Embedded"), .embedInCode("Studies/Embedded")]),
    .target(name: "Benchmark", dependencies: ["Training"]),
    .executableTarget(
      name: "clipft",
      dependencies: [
        "Experiments", "Benchmark", "Yams",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Compared with PyTorch's by `make parity`.
    .executableTarget(name: "gradients", dependencies: ["CLIPCore"], path: "Benchmarks/Gradients"),

    // Tests.
    .target(name: "TestSupport", dependencies: ["Checkpoint"], path: "Tests/TestSupport"),
    .target(name: "SampleFiles", dependencies: ["CZlib", "CZstd"], path: "Tests/SampleFiles"),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "CLIPCore", "Datasets", "EvalShift", "SampleFiles",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tests/Fuzzing"),
    .target(
      name: "TrainingTestSupport", dependencies: ["Experiments", "TestSupport"],
      path: "Tests/TrainingTestSupport"),
    .testTarget(
      name: "TensorCoreTests", dependencies: ["TensorCore", "CKernels", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "NNTests", dependencies: ["NN", "TestSupport"]),
    .testTarget(
      name: "TokenizerTests", dependencies: ["Tokenizer", "TestSupport"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ImageCodecTests", dependencies: ["ImageCodec", "TestSupport"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "CheckpointTests", dependencies: ["Checkpoint", "SampleFiles", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "CLIPCoreTests", dependencies: ["CLIPCore", "SampleFiles", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "PEFTTests", dependencies: ["PEFT", "Experiments", "TestSupport"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "DatasetsTests", dependencies: ["Datasets", "SampleFiles", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "TrainingTests", dependencies: ["Experiments", "TrainingTestSupport"],
      resources: [.copy("Fixtures")]
    ),
    .testTarget(name: "WiSETests", dependencies: ["WiSE", "TestSupport"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "EvalShiftTests", dependencies: ["EvalShift", "TestSupport"], resources: [.copy("Fixtures")]),
    .testTarget(name: "ReportTests", dependencies: ["Report", "TestSupport"]),
    .testTarget(
      name: "CommandLineTests", dependencies: ["clipft", "SampleFiles", "TrainingTestSupport"]),
  ]
)

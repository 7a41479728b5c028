import PEFT

extension MethodContract {
  private static func isBias(_ path: String) -> Bool { path.hasSuffix("bias") }
  private static func isNorm(_ path: String) -> Bool { path.contains(".ln_") }

  /// Those of the model, but for a non-linearity that is fused into the product before it where no module stands between.
  private static let nearly = Start.within(1e-6)

  private static let sct: @Sendable (Extents, Choices) -> Int = { tower, options in
    let channels = options["channels"] == 0 ? tower.width / 8 : options["channels"]
    let maps = options.values["site"] == .text("qv") ? 2 * 2 : tower.layers
    return maps * channels * (channels + 1)
  }

  static let all = [
    MethodContract(
      name: "full",
      count: { tower, _ in
        tower.width * (tower.patchElements + 1 + 1 + tower.patches) + 4 * tower.width
          + tower.layers
          * (4 * tower.width * tower.width + 2 * tower.width * tower.mlp + 9 * tower.width + tower.mlp)
      },
      published: 85_799_424, trainsOwn: { _ in true }),
    MethodContract(name: "linear", count: { _, _ in 0 }, published: 0),
    MethodContract(
      name: "bitfit", count: { tower, _ in tower.layers * (7 * tower.width + tower.mlp) + 2 * tower.width },
      published: 102_912, trainsOwn: isBias),
    MethodContract(
      name: "layernorm", count: { tower, _ in 2 * tower.width * (2 * tower.layers + 2) },
      published: 39_936, trainsOwn: isNorm),
    MethodContract(
      name: "difffit",
      count: { tower, _ in
        tower.layers * (7 * tower.width + tower.mlp) + 2 * tower.width
          + tower.width * (2 * tower.layers + 2) + 2 * tower.width * tower.layers
      },
      published: 141_312, trainsOwn: { isBias($0) || isNorm($0) }),
    MethodContract(
      name: "ssf", options: [[:], ["deviation": "0.2"], ["deviation": "0"]],
      count: { tower, _ in 2 * (tower.layers * (7 * tower.width + tower.mlp) + 2 * tower.width) },
      published: 205_824,
      start: { $0.isEmpty ? .within(0.25) : $0["deviation"] == "0" ? .within(1e-6) : .elsewhere }),
    MethodContract(
      name: "partial",
      options: [
        [:], ["blocks": "0-1", "targets": "fc1", "norms": "false"],
        ["blocks": "last:2", "targets": "attention"],
      ],
      count: { tower, options in
        let (width, mlp) = (tower.width, tower.mlp)
        return switch options.values["targets"] {
        case .text("fc1"): 2 * (width * mlp + mlp)
        case .text("q,k,v,o"): 2 * (4 * width * width + 4 * width + 2 * width)
        default: 4 * width * width + 2 * width * mlp + 9 * width + mlp
        }
      },
      published: 7_087_872,
      trainsOwn: { path in path.contains("resblocks") }),
    MethodContract(
      name: "vpt-shallow", options: [["tokens": "50"], ["tokens": "3", "dropout": "0.5"]],
      count: { tower, options in options["tokens"] * tower.width }, published: 768 * 50,
      start: { _ in .elsewhere }, isMergeable: false),
    MethodContract(
      name: "vpt-deep", options: [["tokens": "50"], ["tokens": "2", "dropout": "0", "blocks": "0,2"]],
      count: { tower, options in
        options["tokens"] * tower.width * (options.values["blocks"] == .text("all") ? tower.layers : 2)
      },
      published: 9_216 * 50, start: { _ in .elsewhere }, isMergeable: false),
    MethodContract(
      name: "vqt", options: [[:], ["tokens": "2", "start": "ones"]],
      count: { tower, options in
        options["tokens"] * tower.layers * (tower.width + 1) + 1
      },
      published: 9_216 * 10 + 12 * 10 + 1,
      start: { $0["start"] == "ones" ? .elsewhere : .within(1e-6) }, isMergeable: false),
    MethodContract(
      name: "houlsby",
      options: [["rank": "32"], ["rank": "3", "scale": "2.5", "dropout": "0.3", "start": "xavier-both"]],
      count: { tower, options in 2 * tower.layers * tower.adapter(options["rank"]) },
      published: 24 * (1537 * 32 + 768), start: { $0["start"] == nil ? .unchanged : .elsewhere },
      isMergeable: false),
    MethodContract(
      name: "pfeiffer", options: [["rank": "32"], ["rank": "2", "start": "kaiming", "dropout": "0"]],
      count: { tower, options in tower.layers * tower.adapter(options["rank"]) },
      published: 12 * (1537 * 32 + 768), isMergeable: false),
    MethodContract(
      name: "adaptformer", options: [["rank": "32"], ["rank": "2", "scale": "3", "start": "xavier-both"]],
      count: { tower, options in tower.layers * tower.adapter(options["rank"]) },
      published: 12 * (1537 * 32 + 768), start: { $0["start"] == nil ? .unchanged : .elsewhere },
      isMergeable: false),
    MethodContract(
      name: "convpass", options: [["rank": "32"], ["rank": "2", "kernel": "dirac", "scale": "3"]],
      count: { tower, options in
        let rank = options["rank"]
        return 2 * tower.layers * (tower.adapter(rank) + 9 * rank * rank + rank)
      },
      published: 24 * (1536 * 32 + 9 * 32 * 32 + 2 * 32 + 768), isMergeable: false),
    MethodContract(
      name: "repadapter", options: [["rank": "32"], ["rank": "4", "scale": "3", "dropout": "0"]],
      count: { tower, options in
        let rank = options["rank"]
        return 2 * tower.layers * (tower.width * rank + rank + tower.width * rank / 2 + tower.width)
      },
      published: 24 * (1153 * 32 + 768)),
    MethodContract(
      name: "lora",
      options: [
        ["rank": "32"], ["rank": "3", "scale": "2.5", "dropout": "0.3"],
        ["rank": "2", "scale": "4", "scaling": "rank", "targets": "all", "shared": "false", "up_rate": "2"],
        ["rank": "2", "scaling": "rslora", "targets": "q,v", "blocks": "0,2", "dropout": "0"],
      ],
      count: { tower, options in
        let (width, rank, mlp) = (tower.width, options["rank"], tower.mlp)
        switch options.values["targets"] {
        case .text("q,k,v"): return 4 * width * tower.layers * rank
        case .text("q,v"): return 2 * rank * 3 * width
        default: return tower.layers * rank * (4 * 2 * width + 2 * (width + mlp))
        }
      },
      published: 36_864 * 32, start: { $0["targets"] == "all" ? nearly : .unchanged }),
    MethodContract(
      name: "fact-tt", options: [["rank": "32"], ["rank": "3", "scale": "2", "dropout": "0"]],
      count: { tower, options in
        let rank = options["rank"]
        return 2 * tower.width * rank + (4 + 2 * tower.ratio) * rank * rank * tower.layers
      },
      published: 1536 * 32 + 144 * 32 * 32, start: { _ in nearly }),
    MethodContract(
      name: "fact-tk", options: [["rank": "32"], ["rank": "3", "scale": "2", "dropout": "0"]],
      count: { tower, options in
        let rank = options["rank"]
        return 2 * tower.width * rank + rank * rank * rank + (4 + 2 * tower.ratio) * tower.layers * rank
      },
      published: 1680 * 32 + 32 * 32 * 32, start: { _ in nearly }),
    MethodContract(
      name: "dora",
      options: [
        [:],
        [
          "rank": "2", "norm_gradient": "true",
        ],
        ["norm_gradient": "true", "rank": "2", "scale": "3", "scaling": "rank", "targets": "o,fc1,fc2,v"],
      ],
      gradientOptions: ["norm_gradient": "true"],
      count: { tower, options in
        let (width, rank, mlp) = (tower.width, options["rank"], tower.mlp)
        return options.values["targets"] == .text("q,k,v")
          ? tower.layers * 3 * (2 * width * rank + width)
          : tower.layers * (2 * (2 * width * rank + width) + 2 * (width + mlp) * rank + width + mlp)
      },
      published: 12 * 3 * (2 * 768 * 8 + 768), start: { _ in .within(1e-5) }),
    MethodContract(
      name: "vera", options: [[:], ["rank": "5", "targets": "fc1,fc2,k", "start": "0.5"]],
      count: { tower, options in
        let (width, rank, mlp) = (tower.width, options["rank"], tower.mlp)
        return options.values["targets"] == .text("q,v")
          ? tower.layers * 2 * (rank + width) : tower.layers * (3 * rank + 2 * width + mlp)
      },
      published: 12 * 2 * (256 + 768), start: { $0["targets"] == nil ? .unchanged : nearly }),
    MethodContract(
      name: "ia3", options: [[:], ["blocks": "first:1"]],
      count: { tower, options in
        (options.values["blocks"] == .text("all") ? tower.layers : 1) * (2 * tower.width + tower.mlp)
      },
      published: 12 * (2 * 768 + 3072)),
    MethodContract(
      name: "hira", options: [[:], ["rank": "2", "targets": "o,fc2"]],
      count: { tower, options in
        let (width, rank, mlp) = (tower.width, options["rank"], tower.mlp)
        return options.values["targets"] == .text("q,k,v")
          ? tower.layers * 3 * 2 * width * rank : tower.layers * rank * (3 * width + mlp)
      },
      published: 12 * 3 * 2 * 768 * 8),
    MethodContract(
      name: "pissa", options: [[:], ["rank": "2", "targets": "o,fc2"]],
      count: { tower, options in
        let (width, rank, mlp) = (tower.width, options["rank"], tower.mlp)
        return options.values["targets"] == .text("q,k,v")
          ? tower.layers * 3 * 2 * width * rank : tower.layers * rank * (3 * width + mlp)
      },
      published: 12 * 3 * 2 * 768 * 8),
    MethodContract(
      name: "delora", options: [["strength": "5"], ["rank": "2", "targets": "o,fc2", "strength": "3"]],
      count: { tower, options in
        let (width, rank, mlp) = (tower.width, options["rank"], tower.mlp)
        return options.values["targets"] == .text("q,k,v")
          ? tower.layers * 3 * (2 * width * rank + 1) : tower.layers * (rank * (3 * width + mlp) + 2)
      },
      published: 12 * 3 * (2 * 768 * 8 + 1)),
    MethodContract(
      name: "randlora", options: [["alpha": "32"], ["rank": "5", "targets": "k,fc1,fc2", "alpha": "20"]],
      count: { tower, options in
        let (width, rank) = (tower.width, options["rank"])
        let products = (width + rank - 1) / rank
        return tower.layers * 3 * products * (rank + width)
      },
      published: 12 * 3 * (32 * 24 + 24 * 768), start: { $0["targets"] == nil ? .unchanged : nearly }),
    MethodContract(
      name: "oft", options: [["block": "8"], ["block": "4", "targets": "v,fc2"]],
      count: { tower, options in
        let (width, block, mlp) = (tower.width, options["block"], tower.mlp)
        let inputs = options.values["targets"] == .text("q,k,v") ? 3 * width : width + mlp
        return tower.layers * inputs * (block - 1) / 2
      },
      published: 12 * 3 * 768 * 7 / 2),
    MethodContract(
      name: "clip-svd", options: [[:], ["targets": "q,fc2", "blocks": "1"]],
      count: { tower, options in
        options.values["targets"] == .text("q,fc2") ? 2 * tower.width : tower.layers * 6 * tower.width
      },
      published: 12 * 6 * 768, start: { _ in .within(1e-5) }),
    MethodContract(
      name: "sct", options: [[:], ["channels": "5", "deviation": "0.2"]], count: sct,
      published: 12 * (96 * 96 + 96), start: { _ in .elsewhere }, isMergeable: false),
    MethodContract(
      name: "sct",
      options: [
        ["site": "mlp"], ["site": "mlp", "channels": "3", "scale": "2"],
        ["site": "qv", "channels": "4", "blocks": "0,2", "deviation": "0"],
      ],
      count: sct, published: 12 * (96 * 96 + 96),
      start: { $0["deviation"] == "0" ? .unchanged : .elsewhere }),
    MethodContract(
      name: "r-adapter", options: [[:], ["rank": "3", "drop": "0"]],
      count: { tower, options in
        let rank = options["rank"]
        return 2 * tower.layers * (rank == 0 ? tower.width * tower.width : 2 * rank * tower.width)
      },
      published: 24 * 768 * 768),
    MethodContract(
      name: "coop", options: [["start": "random"], ["start": "random", "tokens": "2"]],
      count: { tower, options in options["tokens"] * tower.textWidth }, published: 4 * 512,
      start: { _ in .elsewhere },
      trainsHead: false),
    MethodContract(
      name: "taskres", options: [[:], ["scale": "2"]], count: { tower, _ in tower.classes * tower.embedding },
      published: 1000 * 512, start: { _ in .within(1e-6) }, trainsHead: false),
    MethodContract(
      name: "clip-adapter", options: [[:], ["reduction": "2", "ratio": "0.6"]],
      count: { tower, options in 2 * tower.embedding * (tower.embedding / options["reduction"]) },
      published: 2 * 512 * 128,
      start: { _ in .elsewhere }, isMergeable: false, trainsHead: false),
    MethodContract(
      name: "tip-adapter", count: { _, _ in 0 }, published: 0, start: { _ in .elsewhere },
      isMergeable: false, trainsHead: false, trains: false),
    MethodContract(
      name: "tip-adapter-f", options: [[:], ["strength": "3", "sharpness": "2"]],
      count: { tower, _ in tower.examples * tower.embedding },
      published: 16_000 * 512, start: { _ in .elsewhere }, isMergeable: false, trainsHead: false),
  ]
}

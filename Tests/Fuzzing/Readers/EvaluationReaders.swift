import EvalShift
import Foundation

/// Tables that evaluation is measured against.
enum EvaluationReaders {
  static func all() -> [FuzzReader] {
    [
      FuzzReader(
        name: "models",
        seeds: [
          [
            "m.csv": Data(
              "# remark\nmodel,pretrained,imagenet,imagenet-r\n\"a, b\",x,0.5,0.4\nc,y,0.7,\nd,z,1,1e-3\n"
                .utf8)
          ]
        ],
        targets: ["m.csv"],
        words: ["#", ",", "\t", "\n", "\"", "\r", "\u{feff}", "nan", "1e999", "-0", "0x1p3", "model"]
      ) {
        let table = try AccuracyTable(file: $0.path + "/m.csv")
        guard let target = table.datasets.first, let shift = table.datasets.last else { return }
        _ = try EffectiveRobustness(
          target: 0.5, shift: 0.5, models: table.accuracies(target: target, shift: shift), rounds: 5)
      }
    ]
  }
}

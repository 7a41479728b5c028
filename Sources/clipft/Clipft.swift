import ArgumentParser
import Foundation
import TensorCore

/// The program: finds the subcommand, and turns errors into one sentence and an exit code.
@main
struct Clipft: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clipft",
    abstract: "Fine-tune CLIP, interpolate it with the pre-trained model, and measure robustness.",
    discussion: """
      With nothing configured, every command works on a small embedded world of drawn shapes:

        clipft demo                                   the whole story, ending with a report
        clipft finetune --peft lora                   fine-tune by one method
        clipft wise --alphas 0:1:0.1                  trace target against shifts along alpha
        clipft eval-shift shapes-r shapes-sketch      score shifts

      The same commands take your models and images:

        clipft finetune --model MODEL --dataset folder:photos/train --peft lora
        clipft eval-shift folder:sketches/test
      """,
    version: programVersion,
    subcommands: [
      DemoCommand.self, FinetuneCommand.self, WiseCommand.self, EvalShiftCommand.self, ReportCommand.self,
      ZeroshotCommand.self, EmbedCommand.self, TokenizeCommand.self, PreprocessCommand.self,
      PretrainCommand.self, WorldCommand.self, ExportCommand.self, ConvertCommand.self, InspectCommand.self,
      DatasetsCommand.self,
      BenchCommand.self,
    ])

  static func main() {
    Interrupt.install()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as any ClassifiedError {
      Terminal.error(error.description)
      Foundation.exit(error.kind.rawValue)
    } catch is Interrupted {
      Foundation.exit(130)
    } catch {
      exit(withError: error)
    }
  }
}

/// The version of this program.
let programVersion = "0.1.0"

/// The command was stopped by the user, and has said how to continue.
struct Interrupted: Error {}

import ArgumentParser
import Experiments
import Foundation
import TensorCore
import Training

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
      DemoCommand.self, FinetuneCommand.self, WiseCommand.self, EvalShiftCommand.self, CompareCommand.self,
      EnsembleCommand.self, ReportCommand.self, ResultsCommand.self, StudyCommand.self,
      ZeroshotCommand.self, EmbedCommand.self, TokenizeCommand.self, PreprocessCommand.self,
      PretrainCommand.self, WorldCommand.self, ExportCommand.self, ConvertCommand.self, MergeCommand.self,
      SoupCommand.self, InspectCommand.self,
      DatasetsCommand.self,
      RecipesCommand.self, RunsCommand.self, BenchCommand.self, DocumentationCommand.self,
    ])

  static func main() {
    Interrupt.install()
    StandardStreams.prepare()
    Surroundings.prepare()
    let status = run(Array(CommandLine.arguments.dropFirst()))
    guard let lost = StandardStreams.closeOutput() else { Foundation.exit(status) }
    // A reader that has seen enough is not told so.
    if !lost.readerLeft { Terminal.error(lost.description) }
    Foundation.exit(status == 0 ? lost.kind.rawValue : status)
  }

  /// Carries out a command line; its exit code.
  private static func run(_ arguments: [String]) -> Int32 {
    do {
      var command = try command(of: arguments)
      try command.run()
      return 0
    } catch let error as any ClassifiedError {
      Terminal.error(BadImageOption.sentence(of: error, arguments: arguments))
      return error.kind.rawValue
    } catch is Interrupted {
      return 130
    } catch {
      return finish(error)
    }
  }

  private static func command(of arguments: [String]) throws -> any ParsableCommand {
    let words = CommandLineWords.prepared(arguments, table: CommandTable.program)
    if let table = CommandTable.program, let problem = UsageCheck(words, table: table).problem() {
      throw UsageError(problem)
    }
    do {
      return try parseAsRoot(words)
    } catch  where exitCode(for: error) != .success {
      throw UsageError(error, words: words)
    }
  }

  /// Help that was asked for, a setting that was refused, or what nobody thought of.
  private static func finish(_ error: any Error) -> Int32 {
    switch exitCode(for: error) {
    case .success:
      let columns = max(narrowestHelp, min(Terminal.columns ?? helpColumns, helpColumns))
      Terminal.print(HelpText.wrappingUsage(of: fullMessage(for: error, columns: columns), to: columns))
      return 0
    case .validationFailure:
      Terminal.error(message(for: error))
      return FailureKind.usage.rawValue
    default:
      let failure = SystemFailure(error: error)
      Terminal.error(failure.description)
      return failure.kind.rawValue
    }
  }

  private static let helpColumns = 100
  private static let narrowestHelp = 50
}

/// The version of this program.
let programVersion = ProgramVersion.current

/// The command was stopped by the user, and has said how to continue.
struct Interrupted: Error {}

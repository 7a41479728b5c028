import Experiments
import Foundation

var draft = SpecDraft()
try draft.set("method.name=lora")
try draft.set("method.options.rank=4")
try draft.set("schedule.epochs=1")
let spec = try draft.resolved(.init()).spec
let folder = RunFolder(URL(fileURLWithPath: CommandLine.arguments.dropFirst().first ?? "runs/library"))
let record = try FineTuneJob.open(spec, in: folder).run()
print("validation accuracy:", record.result?.valTop1 ?? .nan)

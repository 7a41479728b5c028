import CLIPCore
import Checkpoint
import Foundation
import NN
import TensorCore

// What `Benchmarks/parity.py` compares with PyTorch: the contrastive loss of some images and texts, and its gradient for
// every parameter.
//
//   gradients MODEL ARCHITECTURE INPUTS OUT
//
// ARCHITECTURE is a name, or - for that of the model's configuration. INPUTS holds `images` [n, 3, size, size] and
// `tokens` [n, context], OUT will hold `loss` and the gradients under canonical names.

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count == 4 else {
  FileHandle.standardError.write(Data("usage: gradients MODEL ARCHITECTURE INPUTS OUT\n".utf8))
  exit(64)
}
do {
  let config = try arguments[1] == "-" ? nil : Architectures.config(named: arguments[1])
  let clip = try PretrainedModel.clip(in: URL(fileURLWithPath: arguments[0]), config: config)
  let inputs = try SafetensorsFile(url: URL(fileURLWithPath: arguments[2]))
  for parameter in clip.store.parameters { parameter.isTrainable = true }
  let loss = Variable.contrastiveLoss(
    images: clip.encodeImages(try inputs.tensor("images"), ForwardContext(isTraining: true, seed: 0)).l2Normalized(),
    texts: try clip.encodeTexts(try inputs.tensor("tokens"), ForwardContext(isTraining: true, seed: 0)).l2Normalized(),
    logitScale: clip.logitScale.variable)
  loss.backward()
  var state: StateDict = ["loss": loss.value]
  for parameter in clip.store.parameters { state[parameter.path] = parameter.gradient }
  try SafetensorsFile.write(state, to: URL(fileURLWithPath: arguments[3]))
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}

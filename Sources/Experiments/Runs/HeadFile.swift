import Checkpoint
import Foundation
import TensorCore
import Training

/// A classifier's head as a file: `weight` [classes, embedding width], `bias` [classes] where there is one, and the
/// class names, a JSON array, as metadata `classes`.
public enum HeadFile {
  /// What the file is called in a model folder.
  public static let name = "classification_head.safetensors"

  /// `notes` are further metadata.
  public static func write(
    weight: Tensor, bias: Tensor? = nil, classNames: [String], notes: [String: String] = [:], to file: URL
  ) throws(CheckpointError) {
    var state = StateDict(metadata: notes)
    state.metadata["classes"] = JSONFormat.line(classNames)
    state["weight"] = weight
    state["bias"] = bias
    try SafetensorsFile.write(state, to: file)
  }
}

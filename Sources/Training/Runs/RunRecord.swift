import CLIPCore
import Datasets
import Foundation
import ImageCodec
import TensorCore

/// Everything a run was made from and came to: `run.json`, in snake case.
public struct RunRecord: Codable, Sendable, Equatable {
  public enum Status: String, Codable, Sendable {
    case running, interrupted, finished
  }

  /// What was trained.
  public struct Model: Codable, Sendable, Equatable {
    /// As given by the user, such as a path.
    public var source: String
    /// Folder or file it was read from; absolute.
    public var path: String
    /// SHA-256 of the weights file.
    public var sha256: String
    public var architecture: CLIPConfig
    public var preprocessing: Preprocessing
  }

  /// What it was trained on.
  public struct Data: Codable, Sendable, Equatable {
    /// As asked for: enough to open the images again.
    public var request: TrainingDataRequest
    public var name: String
    public var classes: [DatasetClass]
    public var templates: [String]
    public var trainImages: Int
    public var validationImages: Int
    /// Images left out because they cannot be decoded; nil where there are none.
    public var skippedImages: Int?
    /// How the validation images were chosen.
    public var validationSplit: String
    /// Hash of the training images' paths and labels.
    public var fingerprint: String
  }

  public struct Machine: Codable, Sendable, Equatable {
    public var engine: String
    public var precision: Precision
    public var threads: Int

    public static func current() -> Machine {
      Machine(engine: Compute.backend.description, precision: Compute.precision, threads: threadCount)
    }
  }

  /// A machine, and the moment from which it trained the run.
  public struct MachineUse: Codable, Sendable, Equatable {
    /// ISO 8601, UTC.
    public var since: String
    public var machine: Machine
  }

  public struct ParameterCounts: Codable, Sendable, Equatable {
    public var tuned: Int
    public var head: Int
    public var total: Int
  }

  public struct Result: Codable, Sendable, Equatable {
    public var epochs: Int
    public var steps: Int
    public var trainLoss: Float
    public var valTop1: Double?
    public var imagesPerS: Double
    public var seconds: Double
    public var peakRssMb: Int
  }

  public var formatVersion = 1
  public var programVersion: String
  /// ISO 8601, UTC.
  public var created: String
  public var commandLine: [String]
  public var status: Status
  public var method: String
  public var methodOptions: [String: Double]
  public var settings: FineTuningSettings
  public var model: Model
  public var data: Data
  /// What the run began on.
  public var machine: Machine
  /// What it was continued on since, where that differs; nil where it never did.
  public var machines: [MachineUse]?
  public var parameters: ParameterCounts
  public var result: Result?

  /// What the run was computed on last.
  public var latestMachine: Machine { machines?.last?.machine ?? machine }

  /// Notes that the run goes on on `machine`, if that is another than before.
  mutating func use(_ machine: Machine) {
    guard machine != latestMachine else { return }
    machines = (machines ?? []) + [MachineUse(since: Date().formatted(.iso8601), machine: machine)]
  }
}

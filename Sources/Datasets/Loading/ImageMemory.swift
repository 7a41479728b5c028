import Synchronization

/// The memory that decoded images may take, shared by all that keep some.
public final class ImageMemory: Sendable {
  private struct State {
    let limit: Int
    var used = 0
  }

  private let state: Mutex<State>

  /// `limit` is in bytes.
  public init(limit: Int) { state = Mutex(State(limit: limit)) }

  /// What is taken unless something else is said: a quarter of the memory that this process may use.
  public static var defaultLimit: Int { UsableMemory.bytes / 4 }

  /// Bytes that may be taken.
  public var limit: Int { state.withLock { $0.limit } }
  /// Bytes that are taken.
  public var used: Int { state.withLock { $0.used } }

  /// Takes memory if there is as much and a share of all, in 0...1, is left for others; whether it was taken.
  func take(_ bytes: Int, leaving share: Double) -> Bool {
    state.withLock { state in
      guard bytes <= state.limit - Int(Double(state.limit) * share) - state.used else { return false }
      state.used += bytes
      return true
    }
  }

  func giveBack(_ bytes: Int) { state.withLock { $0.used -= bytes } }
}

/// Where loaders keep decoded images, so that none is decoded twice.
public struct ImageCaches: Sendable {
  public var memory: ImageMemory
  /// Nil where nothing is kept on disk.
  public var disk: PixelStore?
  /// Whether whole images, of which training cuts its views, are kept on disk as well.
  public var keepsWholeImagesOnDisk = false

  public init(memory: ImageMemory, disk: PixelStore? = nil) {
    self.memory = memory
    self.disk = disk
  }

  /// Keeps nothing.
  public static let none = ImageCaches(memory: ImageMemory(limit: 0))

  private static let shared = Mutex(ImageCaches(memory: ImageMemory(limit: ImageMemory.defaultLimit)))

  /// Those of the loaders of this process that are not told others.
  public static var current: ImageCaches { shared.withLock { $0 } }

  /// Has loaders that are made from now on use others.
  public static func setCurrent(_ caches: ImageCaches) { shared.withLock { $0 = caches } }
}

import Experiments
import Foundation
import Synchronization
import Training

/// Reads images to know them by their content, with progress shown where it takes long.
enum ReadingSession {
  static func reader() -> ImageReader {
    let display = Display()
    return ImageReader(
      onStart: { display.start($0, images: $1) },
      observer: WorkObserver(
        onProgress: { display.advance(by: $0) }, shouldStop: { Interrupt.isRequested }))
  }

  private final class Display: Sendable {
    private struct State {
      var name = ""
      var total = 0
      var done = 0
      var start = Date()
      var progress: Progress?
    }

    private let state = Mutex(State())

    func start(_ name: String, images: Int) {
      state.withLock { $0 = State(name: name, total: images) }
    }

    func advance(by images: Int) {
      state.withLock { state in
        state.done += images
        // What is done within a second needs no line.
        if state.progress == nil, Date().timeIntervalSince(state.start) > 1, state.done < state.total {
          state.progress = Progress("reading \(state.name)", total: state.total, unit: "images")
        }
        state.progress?.set(state.done)
        if state.done >= state.total { state.progress?.finish() }
      }
    }
  }
}

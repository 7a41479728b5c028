import Foundation
import Synchronization

/// Progress of one long piece of work: a bar with rate and time left on a terminal, a plain line now and then elsewhere.
final class Progress: Sendable {
  private struct State {
    var done = 0
    var detail = ""
    var drawn = Date.distantPast
    var finished = false
    /// Work that was done before, by an earlier run, and does not count for the rate.
    var alreadyDone = 0
  }

  private let title: String
  private let total: Int
  private let unit: String
  private let start = Date()
  private let state = Mutex(State())

  init(_ title: String, total: Int, unit: String, alreadyDone: Int = 0) {
    self.title = title
    self.total = max(total, 1)
    self.unit = unit
    state.withLock {
      $0.done = alreadyDone
      $0.alreadyDone = alreadyDone
    }
    if !Terminal.isInteractive { Terminal.say("\(title) …") }
  }

  func advance(by count: Int = 1, detail: String? = nil) {
    update {
      $0.done += count
      if let detail { $0.detail = detail }
    }
  }

  /// `done` is what an earlier run did, too; `last` is what was done since the last call.
  func set(_ done: Int, last: Int? = nil, detail: String? = nil) {
    update {
      if let last, $0.done == 0 { $0.alreadyDone = max(0, done - last) }
      $0.done = done
      if let detail { $0.detail = detail }
    }
  }

  /// Draws the last state with the time taken.
  func finish(_ summary: String = "") {
    let line = state.withLock { state -> String? in
      guard !state.finished else { return nil }
      state.finished = true
      let seconds = Date().timeIntervalSince(start)
      let rate = Double(max(0, state.done - state.alreadyDone)) / max(seconds, 1e-9)
      let text = [summary, state.detail].first { !$0.isEmpty } ?? ""
      return "\(title)  \(Self.rate(rate)) \(unit)/s, \(Self.time(seconds))"
        + (text.isEmpty ? "" : "  \(text)")
    }
    guard let line else { return }
    if Terminal.isInteractive {
      Terminal.line(line)
      Terminal.endLine()
    } else {
      Terminal.say(line)
    }
  }

  private func update(_ change: (inout State) -> Void) {
    let line = state.withLock { state -> String? in
      change(&state)
      let now = Date()
      guard !state.finished, now.timeIntervalSince(state.drawn) >= (Terminal.isInteractive ? 0.1 : 10) else {
        return nil
      }
      // Elsewhere than on a terminal, the first line comes after the first interval, not at once.
      let isFirst = state.drawn == .distantPast
      state.drawn = now
      return isFirst && !Terminal.isInteractive ? nil : describe(state, now)
    }
    guard let line else { return }
    if Terminal.isInteractive { Terminal.line(line) } else { Terminal.say(line) }
  }

  private func describe(_ state: State, _ now: Date) -> String {
    let seconds = now.timeIntervalSince(start)
    let rate = Double(max(0, state.done - state.alreadyDone)) / max(seconds, 1e-9)
    let share = min(1, max(0, Double(state.done) / Double(total)))
    let left = rate > 0 ? Self.time(Double(max(0, total - state.done)) / rate) + " left" : ""
    let percent = "\(Int(share * 100))%"
    let figures = [percent, "\(Self.rate(rate)) \(unit)/s", left, state.detail].filter { !$0.isEmpty }
      .joined(separator: "  ")
    guard Terminal.isInteractive else { return "  \(title): \(figures)" }
    return Self.line(title: title, share: share, figures: figures, columns: (Terminal.columns ?? 80) - 1)
  }

  /// What fits into so many columns: the figures matter more than the bar, and the bar more than the title.
  static func line(title: String, share: Double, figures: String, columns: Int) -> String {
    let width = 24
    let filled = Int(share * Double(width))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    let whole = "\(title)  \(bar)  \(figures)"
    if whole.count <= columns { return whole }
    let plain = "\(title)  \(figures)"
    return plain.count <= columns ? plain : figures
  }

  static func rate(_ value: Double) -> String {
    guard value.isFinite, value < 1e15 else { return "?" }
    return value >= 100 ? String(Int(value.rounded())) : String(format: value >= 10 ? "%.1f" : "%.2f", value)
  }

  static func time(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "?" }
    let whole = Int(min(1e12, max(0, seconds.rounded())))
    if whole < 60 { return String(format: "%.1f s", max(0, seconds)) }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    if whole < 100 * 3600 { return "\(whole / 3600) h \(whole / 60 % 60) min" }
    return whole < 10_000 * 86400 ? "\(whole / 86400) days" : "years"
  }
}

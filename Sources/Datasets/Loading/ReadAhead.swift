import Foundation

/// Fetches what will soon be asked for, several things at once: where each has to be waited for, as on a network file
/// system, nearly all of the waiting is done before anyone asks.
///
/// Its threads wait more than they compute. What fails is forgotten: it fails again when it is asked for, and then says
/// why.
final class ReadAhead<Value: Sendable>: @unchecked Sendable {
  /// What is fetched at the same time, at most.
  static var mostAtOnce: Int { 16 }
  /// Bytes that have been fetched and not been asked for, beyond which no more are.
  static var mostBytes: Int { 128 << 20 }

  private enum Slot {
    case waiting
    case inFlight
    case fetched(Value, bytes: Int)
  }

  private let fetch: @Sendable (Int) throws(DatasetError) -> Value
  private let size: @Sendable (Value) -> Int
  private let condition = NSCondition()
  private var slots: [Int: Slot] = [:]
  /// What waits, the first last.
  private var queue: [Int] = []
  private var threads = 0
  private var bytes = 0

  /// `fetch` gets the thing of a number, from any thread, and `size` says how many bytes it takes.
  init(
    size: @escaping @Sendable (Value) -> Int,
    fetch: @escaping @Sendable (Int) throws(DatasetError) -> Value
  ) {
    self.fetch = fetch
    self.size = size
  }

  /// Begins to fetch things in the order given, which are what will be asked for next; of what was announced before,
  /// anything else is forgotten.
  func announce(_ numbers: [Int]) {
    condition.withLock {
      let wanted = Set(numbers)
      for number in slots.keys where !wanted.contains(number) { forget(number) }
      add(numbers)
      queue = numbers.reversed()
      start()
    }
  }

  /// Begins to fetch these before what was announced.
  func hurry(_ numbers: [Int]) {
    condition.withLock {
      add(numbers)
      queue += numbers.reversed()
      start()
    }
  }

  /// The thing of a number, which is fetched now unless it was announced.
  func take(_ number: Int) throws(DatasetError) -> Value {
    if let value = condition.withLock({ fetched(number) }) { return value }
    return try fetch(number)
  }

  // MARK: Under the lock

  private func add(_ numbers: [Int]) {
    for number in numbers where slots[number] == nil { slots[number] = .waiting }
  }

  private func forget(_ number: Int) {
    if case .fetched(_, let count) = slots.removeValue(forKey: number) { bytes -= count }
  }

  /// Nil if it is to be fetched by whoever asks: what nobody has begun with, no one need wait for.
  private func fetched(_ number: Int) -> Value? {
    while let slot = slots[number] {
      switch slot {
      case .inFlight: condition.wait()
      case .waiting:
        slots[number] = nil
        return nil
      case .fetched(let value, _):
        forget(number)
        start()
        return value
      }
    }
    return nil
  }

  private var next: Int? {
    guard bytes < Self.mostBytes else { return nil }
    while let number = queue.popLast() {
      if case .waiting = slots[number] { return number }
    }
    return nil
  }

  private func start() {
    guard bytes < Self.mostBytes else { return }
    while threads < min(Self.mostAtOnce, queue.count) {
      threads += 1
      Thread.detachNewThread { [weak self] in
        while self?.step() ?? false {}
      }
    }
  }

  // MARK: On threads of its own

  /// Fetches one thing; whether there may be more to do.
  private func step() -> Bool {
    let number = condition.withLock {
      let number = next
      if let number { slots[number] = .inFlight } else { threads -= 1 }
      return number
    }
    guard let number else { return false }
    // An error is met again, and told, by whoever asks.
    let value = try? fetch(number)
    condition.withLock {
      if case .inFlight = slots[number] {
        if let value {
          slots[number] = .fetched(value, bytes: size(value))
          bytes += size(value)
        } else {
          slots[number] = nil
        }
      }
      condition.broadcast()
    }
    return true
  }
}

extension ReadAhead where Value == Data {
  /// Fetches the encoded images of a dataset.
  convenience init(_ dataset: any ImageDataset) {
    self.init(size: { $0.count }, fetch: { (index) throws(DatasetError) in try dataset.bytes(at: index) })
  }
}

/// The Mersenne Twister MT19937 (Matsumoto & Nishimura 1998), seeded and drawn from as CPython's `random` does, so that
/// what others drew with Python can be drawn again.
///
/// Whatever this program draws for itself comes from `SeededRandom`.
public struct MersenneTwister: Sendable {
  private static let size = 624
  private static let shift = 397

  private var state: [UInt32]
  /// The next word of the state to be given out.
  private var position = Self.size

  /// As Python's `random.seed(seed)` with a whole number, of which it takes the magnitude.
  public init(seed: Int) {
    // The magnitude as words, the lowest first: at least one, and no leading zeros.
    let magnitude = UInt64(seed.magnitude)
    let (low, high) = (UInt32(truncatingIfNeeded: magnitude), UInt32(truncatingIfNeeded: magnitude >> 32))
    self.init(key: high == 0 ? [low] : [low, high])
  }

  /// The generator's authors' `init_by_array`.
  private init(key: [UInt32]) {
    let size = Self.size
    state = [UInt32](repeating: 19_650_218, count: size)
    for i in 1..<size { state[i] = 1_812_433_253 &* Self.mixed(state[i - 1]) &+ UInt32(i) }
    var i = 1
    func advance(_ state: inout [UInt32]) {
      i += 1
      guard i == size else { return }
      state[0] = state[size - 1]
      i = 1
    }
    for step in 0..<max(size, key.count) {
      let j = step % key.count
      state[i] = (state[i] ^ Self.mixed(state[i - 1]) &* 1_664_525) &+ key[j] &+ UInt32(j)
      advance(&state)
    }
    for _ in 1..<size {
      state[i] = (state[i] ^ Self.mixed(state[i - 1]) &* 1_566_083_941) &- UInt32(i)
      advance(&state)
    }
    state[0] = 0x8000_0000
  }

  private static func mixed(_ word: UInt32) -> UInt32 { word ^ word >> 30 }

  /// 32 random bits.
  public mutating func word() -> UInt32 {
    if position == Self.size { renew() }
    var y = state[position]
    position += 1
    y ^= y >> 11
    y ^= y << 7 & 0x9D2C_5680
    y ^= y << 15 & 0xEFC6_0000
    return y ^ y >> 18
  }

  /// The recurrence, for all words at once.
  private mutating func renew() {
    for i in 0..<Self.size {
      let y = state[i] & 0x8000_0000 | state[(i + 1) % Self.size] & 0x7FFF_FFFF
      state[i] = state[(i + Self.shift) % Self.size] ^ y >> 1 ^ (y & 1 == 0 ? 0 : 0x9908_B0DF)
    }
    position = 0
  }

  /// As `random.getrandbits(count)`: 1 to 64 random bits, the low word first, the last cut to its upper bits.
  public mutating func bits(_ count: Int) -> UInt64 {
    precondition((1...64).contains(count), "1 to 64 bits, not \(count)")
    guard count > 32 else { return UInt64(word() >> (32 - count)) }
    let low = UInt64(word())
    return low | UInt64(word() >> (64 - count)) << 32
  }

  /// As `random.randrange(bound)`: numbers of as many bits as the bound has, until one lies below it.
  public mutating func int(below bound: Int) -> Int {
    precondition(bound > 0, "no number lies below \(bound)")
    let width = Int.bitWidth - bound.leadingZeroBitCount
    while true {
      let number = bits(width)
      if number < UInt64(bound) { return Int(number) }
    }
  }

  /// As `random.sample(range(population), count)` of CPython 3.8 to 3.12: different numbers in the order drawn.
  ///
  /// - Precondition: `count` lies in 0...population.
  public mutating func sample(_ count: Int, of population: Int) -> [Int] {
    precondition((0...population).contains(count), "a sample of \(count) of \(population)")
    return population <= Self.largestPool(for: count)
      ? sampleFromPool(count, of: population) : sampleBySet(count, of: population)
  }

  /// Populations up to this size are kept as a list from which numbers are taken; of larger ones, those taken are noted.
  private static func largestPool(for count: Int) -> Int {
    guard count > 5 else { return 21 }
    var table = 1
    while table < 3 * count { table *= 4 }
    return 21 + table
  }

  private mutating func sampleFromPool(_ count: Int, of population: Int) -> [Int] {
    var pool = Array(0..<population)
    return (0..<count).map { taken in
      let place = int(below: population - taken)
      let chosen = pool[place]
      pool[place] = pool[population - taken - 1]
      return chosen
    }
  }

  private mutating func sampleBySet(_ count: Int, of population: Int) -> [Int] {
    var taken: Set<Int> = []
    return (0..<count).map { _ in
      while true {
        let number = int(below: population)
        if taken.insert(number).inserted { return number }
      }
    }
  }
}

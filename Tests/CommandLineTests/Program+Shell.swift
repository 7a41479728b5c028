import Foundation

extension Program {
  /// Runs a line of `sh` in the program's folder, where `clipft` is the program.
  func shell(_ line: String, environment more: [String: String] = [:]) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line]
    process.currentDirectoryURL = folder.url
    let own = [
      "HOME": folder.url.path, "PATH": Bundle.main.bundleURL.path + ":/usr/bin:/bin", "OMP_NUM_THREADS": "1",
    ]
    process.environment = own.merging(more) { $1 }
    let (stdout, stderr) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = stdout
    process.standardError = stderr
    try process.run()
    let output = stdout.fileHandleForReading.readDataToEndOfFile()
    let errors = stderr.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
      errors: String(decoding: errors, as: UTF8.self))
  }

  /// What the program writes to standard error when that is a terminal.
  func terminal(_ arguments: [String], environment more: [String: String]) throws -> String {
    // Linux's way to a pair of terminals; the portable one is not among the functions that Swift sees.
    let (numberOf, lock) = (UInt(0x8004_5430), UInt(0x4004_5431))
    let leader = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var (number, unlocked) = (UInt32(0), Int32(0))
    guard leader >= 0, ioctl(leader, lock, &unlocked) == 0, ioctl(leader, numberOf, &number) == 0 else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
    let follower = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    defer {
      close(leader)
      close(follower)
    }
    let process = Process()
    process.executableURL = Bundle.main.bundleURL.appendingPathComponent("clipft")
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    process.environment = ["HOME": folder.url.path, "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"]
      .merging(more) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle(fileDescriptor: follower, closeOnDealloc: false)
    try process.run()
    process.waitUntilExit()
    // What was written waits in the terminal, whose buffer is larger than what these tests make.
    _ = fcntl(leader, F_SETFL, O_NONBLOCK)
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(leader, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}

// swift-tools-version: 6.0
import PackageDescription

/// A package that uses clipft as a library.
let package = Package(
  name: "Library",
  dependencies: [.package(path: "../..")],
  targets: [
    .executableTarget(
      name: "Library", dependencies: [.product(name: "Experiments", package: "clipft")])
  ]
)

#!/usr/bin/env bash
# Checks that Examples/Library compiles against the public interface of the products, as another package sees them: with
# the modules of the last release build, and without this package's name.
set -euo pipefail

cd "$(dirname "$0")/.."
build=$(swift build -c release --show-bin-path)
# Modules of C that Swift's refer to.
maps=()
for map in Sources/SystemLibraries/*/module.modulemap .build/checkouts/Yams/Sources/CYaml/include/module.modulemap \
  "$build"/CKernels.build/module.modulemap "$build"/CImageCodecs.build/module.modulemap; do
  maps+=(-Xcc "-fmodule-map-file=$map")
done
swiftc -typecheck -swift-version 6 -I "$build/Modules" "${maps[@]}" Examples/Library/Sources/Library/main.swift
echo "Examples/Library compiles"

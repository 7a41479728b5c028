#!/usr/bin/env bash
# install.sh install|uninstall PROGRAM PREFIX: puts the program into PREFIX/bin, or removes it. `make static` builds the
# program, here only if it is missing or older than its sources: so that `make static && sudo make install` needs no
# compiler as root, and leaves no files of root's among those that were built.
set -euo pipefail

action=$1
program=$2
prefix=$3
place="${prefix%/}/bin/clipft"

fail() {
  echo "$action: $*" >&2
  exit 1
}

is_current() { [ -x "$program" ] && [ -z "$(find Sources Package.swift -newer "$program" -type f -print -quit)" ]; }

case $action in
install)
  if ! is_current; then
    make static
    # What was built may be older than a source that changed nothing.
    touch -c "$program"
  fi
  install -d "${place%/*}" 2>/dev/null && [ -w "${place%/*}" ] ||
    fail "${place%/*} cannot be written to; name another PREFIX, or: make static && sudo make install"
  # A new file takes the place of the old one, which may be running.
  install -m 755 "$program" "$place.new"
  mv -f "$place.new" "$place"
  echo "installed $place"
  ;;
uninstall)
  if [ -e "$place" ]; then
    rm -f "$place" || fail "$place cannot be removed; try: sudo make uninstall"
    echo "removed $place"
  else
    echo "there is no $place"
  fi
  ;;
*) fail "say install or uninstall" ;;
esac

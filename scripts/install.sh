#!/usr/bin/env bash
# install.sh install|uninstall PROGRAM PREFIX: puts the program into PREFIX/bin, with its manual pages and what shells
# complete words by, or removes all of it. `make static` builds the program, here only if it is missing or older than its
# sources: so that `make static && sudo make install` needs no compiler as root, and leaves no files of root's among those
# that were built.
set -euo pipefail

action=$1
program=$2
prefix=${3%/}
place="$prefix/bin/clipft"
manual="$prefix/share/man/man1"
# Where each shell looks.
completions=(
  "bash:$prefix/share/bash-completion/completions/clipft"
  "zsh:$prefix/share/zsh/site-functions/_clipft"
  "fish:$prefix/share/fish/vendor_completions.d/clipft.fish"
)

fail() {
  echo "$action: $*" >&2
  exit 1
}

is_current() { [ -x "$program" ] && [ -z "$(find Sources Package.swift -newer "$program" -type f -print -quit)" ]; }

# A new file takes the place of the old one, which may be in use.
put() {
  install -d "${3%/*}"
  install -m "$1" "$2" "$3.new"
  mv -f "$3.new" "$3"
}

pages() { find "$manual" -maxdepth 1 \( -name clipft.1 -o -name 'clipft-*.1' \) 2>/dev/null || true; }

case $action in
install)
  if ! is_current; then
    make static
    # What was built may be older than a source that changed nothing.
    touch -c "$program"
  fi
  install -d "${place%/*}" 2>/dev/null && [ -w "${place%/*}" ] ||
    fail "${place%/*} cannot be written to; name another PREFIX, or: make static && sudo make install"
  # The program writes what is said of it.
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  "$program" documentation man "$work/man1"
  for completion in "${completions[@]}"; do
    "$program" --generate-completion-script "${completion%%:*}" >"$work/${completion%%:*}"
  done

  put 755 "$program" "$place"
  # Pages of commands that an earlier version had.
  pages | xargs -r rm -f
  for page in "$work"/man1/*; do put 644 "$page" "$manual/${page##*/}"; done
  for completion in "${completions[@]}"; do put 644 "$work/${completion%%:*}" "${completion#*:}"; done
  echo "installed $place, its manual pages, and completion for bash, zsh and fish"
  ;;
uninstall)
  if [ -e "$place" ]; then
    rm -f "$place" || fail "$place cannot be removed; try: sudo make uninstall"
    echo "removed $place"
  else
    echo "there is no $place"
  fi
  pages | xargs -r rm -f || fail "manual pages in $manual cannot be removed; try: sudo make uninstall"
  for completion in "${completions[@]}"; do
    rm -f "${completion#*:}" || fail "${completion#*:} cannot be removed; try: sudo make uninstall"
  done
  ;;
*) fail "say install or uninstall" ;;
esac

#!/usr/bin/env bash
# Installs clipft into a temporary folder, and runs it as on a machine that has no Swift: what it links is listed, the
# toolchain is hidden behind an empty folder, no variable is inherited, there is no home, no temporary folder, and the
# working folder is another than the sources'.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
cleanup() {
  chmod -R u+rwX "$work"
  rm -rf "$work"
}
trap cleanup EXIT
fail() {
  echo "check-install: $*" >&2
  exit 1
}

make install DESTDIR="$work/root" PREFIX=/usr
program=$work/root/usr/bin/clipft
share=$work/root/usr/share

echo "check-install: what lies beside the program"
beside=(man/man1/clipft.1 man/man1/clipft-finetune.1 man/man1/clipft-datasets-check.1
  bash-completion/completions/clipft zsh/site-functions/_clipft fish/vendor_completions.d/clipft.fish)
for file in "${beside[@]}"; do
  [ -s "$share/$file" ] || fail "$file was not installed"
done
for page in "$share"/man/man1/*; do
  ! command -v man >/dev/null || [ -z "$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -l "$page" 2>&1 >/dev/null)" ] ||
    fail "${page##*/} is no manual page without warnings"
done
# What bash offers after the words of a command line, the last of which is to be completed.
offered() {
  env -i PATH="$work/root/usr/bin:/usr/bin:/bin" bash --norc --noprofile -c '
    source "$1"
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=$((${#COMP_LINE}))
    $(complete -p clipft | sed "s/.*-F \([^ ]*\).*/\1/") clipft "${@: -1}" "${@: -2:1}"
    echo "${COMPREPLY[*]}"' complete "$share/bash-completion/completions/clipft" "$@"
}
[ "$(offered clipft fin)" = finetune ] || fail "bash completes 'clipft fin' as '$(offered clipft fin)'"
[ "$(offered clipft finetune --pe)" = --peft ] || fail "bash does not complete 'clipft finetune --pe'"

echo "check-install: what the loader needs"
linked=$(ldd "$program")
echo "$linked"
grep -q 'not found' <<<"$linked" && fail "a library is missing"
grep -Eiq 'libswift|libFoundation|libdispatch|libBlocksRuntime|lib_Foundation' <<<"$linked" &&
  fail "the program needs Swift's libraries"
# The folders of the toolchain: that of the compiler, and where its runtime libraries are.
toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
runtime=$toolchain/lib/swift
hidden=$toolchain
# A toolchain among the system's own files cannot be hidden as a whole.
[ "$toolchain" = /usr ] && hidden=$runtime

cat >"$work/story.sh" <<'STORY'
set -euo pipefail
clipft=$1
[ -z "$(ls -A "$2")" ] || { echo "the toolchain is not hidden" >&2; exit 1; }
say() { echo "\$ clipft $*"; "$clipft" "$@" 2>errors || { status=$?; cat errors >&2; echo "exit $status" >&2; exit 1; }; }
say --version
say datasets list >/dev/null
say datasets show imagenet-r >/dev/null
say inspect --model arch:ViT-B-16 --peft all >/dev/null
say pretrain --steps 2 --batch-size 8 --out model
printf 'a photo of a star\n' | "$clipft" tokenize --model model --json >/dev/null
say world --out drawn >/dev/null
for set in train val test; do
  for class in $(cd drawn/shapes/"$set"-*; printf '%s\n' * | sed -n 1,2p); do
    mkdir -p "photos/$set/$class"
    find drawn/shapes/"$set"-*/"$class" -type f | sort | sed -n 1,4p | xargs -I{} cp {} "photos/$set/$class/"
  done
done
say finetune --peft lora --model model --dataset folder:photos --epochs 1 --out run
say wise run --alphas 0,1 >/dev/null
say eval-shift folder:photos/test --model model
say export run --out exported
say embed --model exported --images photos --out e.safetensors
say bench gemm --seconds 0 >/dev/null
STORY

mkdir "$work/empty" "$work/elsewhere"
if unshare --mount true 2>/dev/null; then
  private=(unshare --mount)
elif unshare --mount --map-root-user true 2>/dev/null; then
  private=(unshare --mount --map-root-user)
else
  fail "the toolchain cannot be hidden: neither root's nor user name spaces are allowed here"
fi
echo "check-install: running with $hidden hidden"
"${private[@]}" bash -c '
  set -euo pipefail
  mount --bind "$1" "$2"
  cd "$3"
  exec env -i PATH=/usr/bin:/bin TMPDIR=/nonexistent bash "$4" "$5" "$2"
' check "$work/empty" "$hidden" "$work/elsewhere" "$work/story.sh" "$program"

make uninstall DESTDIR="$work/root" PREFIX=/usr
left=$(find "$work/root" -type f)
[ -z "$left" ] || fail "make uninstall left $left"
echo "check-install: the program runs where no Swift is"

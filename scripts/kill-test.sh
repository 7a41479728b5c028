#!/usr/bin/env bash
# Ends clipft at random moments, in every way a process can end, and checks that nothing is lost or left behind.
#
#   scripts/kill-test.sh PROGRAM [ROUNDS] [SEED]
#
# Works on the embedded world at a small scale, in a folder of its own. Each round takes one command (finetune, pretrain,
# wise, eval-shift, export, convert), ends it by SIGKILL, SIGTERM, SIGINT or SIGHUP after a random time, or runs it against a
# file size limit (SIGXFSZ) or on a full disk (a small tmpfs; skipped by name without the right to mount one), and then:
# what was whole before is unchanged; a training that is continued ends with the bits of one that was never stopped; the same
# command then succeeds; nothing under a temporary name is left. A round in which the command came to its end before it was
# ended is checked as well, and not counted.
set -u
program=$(realpath "$1"); rounds=${2:-20}; seed=${3:-1}
work=$(mktemp -d); disk=$work/disk
trap 'mountpoint -q "$disk" && umount "$disk"; rm -rf "$work"' EXIT
cd "$work" || exit 1
export XDG_CACHE_HOME=$work/cache OMP_NUM_THREADS=1 NO_COLOR=1
RANDOM=$seed
failures=0; kills=0; skipped=""

fail() { echo "FAILED round $round ($command, $way): $*"; sed 's/^/    /' err | tail -4; failures=$((failures + 1)); }
quiet() { "$program" "$@" >/dev/null 2>err; }
bits() { sha256sum "$1" 2>/dev/null | cut -c1-64; }
all() { find "$1" -type f ! -name run.lock -exec sha256sum {} + 2>/dev/null | sort; }
leftovers() { find "$work" \( -name '.clipft-*' -o -name '*.tmp' -o -name 'run.lock*' -o -name '.run.lock*' \) 2>/dev/null; }
need() { "$@" || { echo "cannot prepare: $*"; cat err; exit 1; }; }

can_mount=no; mkdir -p "$disk"
if mount -t tmpfs -o size=6m tmpfs "$disk" 2>/dev/null; then can_mount=yes; umount "$disk"; fi

# What every round begins from: a small model, a little world, and finished runs of it.
pretrain=(pretrain --steps 120 --batch-size 16 --layers 2 --width 64 --seed 3)
need quiet "${pretrain[@]}" --out model
need quiet world --out data
finetune=(finetune --model model --dataset shapes --data-root data --peft lora --shots 12 --epochs 30 --batch-size 16 --seed 5)
need quiet "${finetune[@]}" --out whole
before_model=$(all model); before_run=$(all whole); whole=$(bits whole/tuned.safetensors)
whole_model=$(bits model/model.safetensors)

# The command of a round, writing to $1.
start() {
  case $command in
    finetune) set -- "${finetune[@]}" --out "$1/run" ;;
    resume) set -- finetune --resume "$1/run" ;;
    pretrain) set -- "${pretrain[@]}" --out "$1/m" ;;
    wise) set -- wise --run "$1/whole" --alphas 0:1:0.25 --data-root data ;;
    eval-shift) set -- eval-shift shapes-r shapes-sketch --run "$1/whole" --data-root data ;;
    export) set -- export --run whole --out "$1/export" ;;
    convert) set -- convert model "$1/converted.pt" --to open_clip ;;
  esac
  exec "$program" "$@" >out 2>err
}

# Runs the command to its end: what a user does after it was ended.
again() {
  local place=$1 status
  if [ "$command" = finetune ] && [ -f "$place/run/run.json" ]; then
    quiet finetune --resume "$place/run"; return
  fi
  (start "$place"); status=$?
  # What was made before it was ended is whole, and is not made again.
  [ $status = 73 ] && [ -e "$place/export" ] && return 0
  [ $status = 73 ] && [ -e "$place/converted.pt" ] && return 0
  [ $status = 73 ] && [ -f "$place/m/config.json" ] && return 0
  return $status
}

check() {
  local place=$1 left
  [ "$(all model)" = "$before_model" ] || fail "the model has changed"
  [ "$(all whole)" = "$before_run" ] || fail "a finished run has changed"
  again "$place" || fail "it does not succeed afterwards (exit $?)"
  case $command in
    finetune) [ "$(bits "$place/run/tuned.safetensors")" = "$whole" ] || fail "other weights than uninterrupted" ;;
    pretrain) [ "$(bits "$place/m/model.safetensors")" = "$whole_model" ] || fail "other weights than uninterrupted" ;;
    wise) python3 -c "import json,sys; json.load(open(sys.argv[1]))" "$place/whole/wise.json" || fail "no curve" ;;
    export) [ -f "$place/export/config.json" ] && [ -f "$place/export/classification_head.safetensors" ] || fail "half an export" ;;
    eval-shift)
      for set in r sketch; do
        quiet inspect "$place"/whole/predictions/shapes-$set-*@1.0.safetensors || fail "no whole predictions"
      done ;;
    convert) [ "$(bits "$place/converted.pt")" = "$whole_conversion" ] || fail "another conversion than uninterrupted" ;;
  esac
  left=$(leftovers)
  [ -z "$left" ] || fail "left behind: $left"
}

commands=(finetune finetune pretrain wise eval-shift export convert)
ways=(KILL TERM INT HUP XFSZ full KILL)

# How long each takes, in milliseconds: it is ended within that time.
declare -A lasts
for command in finetune pretrain wise eval-shift export convert; do
  mkdir reference; cp -r whole reference/whole; begun=$(date +%s%N)
  need eval '(start reference)'
  lasts[$command]=$((($(date +%s%N) - begun) / 1000000))
  [ $command != convert ] || whole_conversion=$(bits reference/converted.pt)
  rm -rf reference
done

for ((round = 1; kills < rounds && round <= 5 * rounds; round++)); do
  command=${commands[RANDOM % ${#commands[@]}]}; way=${ways[RANDOM % ${#ways[@]}]}
  place=$work/place; rm -rf "$place"; mkdir "$place"
  if [ "$way" = full ]; then
    if [ $can_mount = no ]; then skipped="$skipped $round"; continue; fi
    mount -t tmpfs -o "size=$((200 + RANDOM % 1500))k" tmpfs "$disk"; place=$disk
  fi
  case $command in wise | eval-shift) cp -r whole "$place/whole" 2>/dev/null || { umount "$disk"; continue; } ;; esac
  case $way in
    full)
      (start "$place"); status=$?
      case $status in 0 | 73 | 74) ;; *) fail "exit $status on a full disk" ;; esac
      left=$(leftovers); [ -z "$left" ] || fail "left behind: $left"
      # More room, and on.
      mount -o remount,size=200m "$disk" ;;
    XFSZ)
      (ulimit -f $((1 + RANDOM % 90)); start "$place"); status=$?
      case $status in 0 | 73 | 74) ;; *) fail "exit $status at a file size limit" ;; esac
      left=$(leftovers); [ -z "$left" ] || fail "left behind: $left" ;;
    *)
      (start "$place") & pid=$!
      # A process that the loader still reads in cannot catch anything: wait until the program has taken its signals over.
      until [ ! -d /proc/$pid ] || { blocked=$(awk '/^SigBlk/ { print $2 }' /proc/$pid/status 2>/dev/null); (( 16#${blocked:-0} & 0x4000 )); }; do
        kill -0 $pid 2>/dev/null || break
        sleep 0.002
      done
      delay=$((RANDOM % (lasts[$command] + 1)))
      sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
      kill -"$way" $pid 2>/dev/null; begun=$(date +%s%N)
      wait $pid 2>/dev/null; status=$?; took=$((($(date +%s%N) - begun) / 1000000))
      case $way:$status in KILL:137 | *:0 | TERM:130 | INT:130 | HUP:130) ;; *) fail "exit $status after SIG$way" ;; esac
      [ $status != 130 ] || [ -s err ] || fail "nothing was said"
      if [ $status = 130 ]; then left=$(leftovers); [ -z "$left" ] || fail "left behind: $left"; fi
      way="$way, $took ms" ;;
  esac
  [ $status = 0 ] || kills=$((kills + 1))
  check "$place"
  printf 'round %d: %s, %s: exit %s\n' "$round" "$command" "$way" "$status"
  mountpoint -q "$disk" && umount "$disk"
done
[ -z "$skipped" ] || echo "skipped without the right to mount a tmpfs: full disk, rounds$skipped"
echo "ended $kills times in $((round - 1)) rounds, $failures failures (seed $seed)"
[ $kills -ge "$rounds" ] || { echo "ended less often than asked for"; failures=$((failures + 1)); }
[ $failures = 0 ]

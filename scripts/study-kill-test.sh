#!/usr/bin/env bash
# study-kill-test.sh CLIPFT [ROUNDS] [SEED]: runs a small study undisturbed, then again while its runner or one of its workers is
# ended with SIGKILL at random moments; the tables of both must be the same to the byte.
set -euo pipefail

clipft=$(realpath "$1")
rounds=${2:-10}
RANDOM=${3:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >study.yaml <<'STUDY'
name: killed
cell:
  model: world
  data: {dataset: shapes, shots: 16}
  schedule: {epochs: 4}
axes:
  method: [linear, lora, vpt-deep]
  seed: 2
search:
  try: {optimizer.lr: [1.0e-3, 3.0e-3]}
score:
  alphas: [0, 0.5, 1]
STUDY

study() { CLIPFT_RUNS=$work/$1/runs "$clipft" study "${@:2}"; }

echo "undisturbed"
study whole run study.yaml --jobs 2 >/dev/null 2>whole.log
study whole collect study.yaml --out whole/tables >/dev/null 2>&1

for round in $(seq "$rounds"); do
  CLIPFT_RUNS=$work/killed/runs setsid "$clipft" study run study.yaml --jobs 2 >/dev/null 2>>killed.log &
  runner=$!
  sleep "$((1 + RANDOM % 8)).$((RANDOM % 10))"
  # The runner, or one of its workers.
  victims=("$runner" $(pgrep -P "$runner" || true))
  victim=${victims[RANDOM % ${#victims[@]}]}
  kind=worker
  [ "$victim" = "$runner" ] && kind=runner
  kill -KILL "$victim" 2>/dev/null || kind="nobody, all had ended"
  echo "round $round: killed $kind; $(study killed status study.yaml 2>/dev/null | head -1)"
  # Another round meets whatever is left: what goes on without its runner, or is gone.
  sleep 1
  [ "$kind" = worker ] && sleep 2 && kill -KILL "$runner" 2>/dev/null
  wait "$runner" 2>/dev/null || true
done

study killed run study.yaml --jobs 2 >/dev/null 2>>killed.log
study killed collect study.yaml --out killed/tables >/dev/null 2>&1
diff -r whole/tables killed/tables && echo "the tables are the same to the byte: $(wc -c <whole/tables/results.csv) bytes of results.csv"

#!/bin/bash
# fuzz_briefly.sh FOLDER SECONDS [CAPTURES]: runs each fuzz target in FOLDER for so long. Its corpus is kept in
# FOLDER/corpus; with captures it begins with what fuzz/make_seeds.py makes of them.
set -euo pipefail
folder=$1 seconds=$2 captures=${3:-}
ran=0
if [ -n "$captures" ] && [ ! -d "$folder/seeds" ]; then python3 fuzz/make_seeds.py "$captures" "$folder/seeds"; fi
for target in "$folder"/*; do
  if [ ! -f "$target" ] || [ ! -x "$target" ]; then continue; fi
  name=$(basename "$target")
  corpus=$folder/corpus/$name
  mkdir -p "$corpus" "$folder/findings"
  seeds=()
  # All decoders over one transport share their seeds.
  seed=$(sed -E 's/^fuzz_//; s/^decode_.*_(tcp|udp)$/decode_\1/' <<<"$name")
  if [ -d "$folder/seeds/$seed" ]; then seeds+=("$folder/seeds/$seed"); fi
  echo "$name, $seconds s"
  if ! "$target" -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=2048 -timeout=10 -verbosity=0 \
    -print_final_stats=1 -artifact_prefix="$folder/findings/$name-" "$corpus" "${seeds[@]}" >"$folder/$name.log" 2>&1; then
    tail -n 60 "$folder/$name.log"
    echo "fuzz_briefly.sh: $name: a finding; its input is in $folder/findings" >&2
    exit 1
  fi
  grep -E 'number_of_executed_units|peak_rss_mb' "$folder/$name.log" || true
  ran=$((ran + 1))
done
if [ "$ran" = 0 ]; then
  echo "fuzz_briefly.sh: no fuzz target in $folder" >&2
  exit 1
fi

#!/bin/bash
# fuzz_briefly.sh FOLDER SECONDS [CAPTURES]: runs each fuzz target in FOLDER for so long, and fuzz_decode for each
# decoder a quarter of it. A target's corpus is kept in FOLDER/corpus; with captures it begins with what
# fuzz/make_seeds.py makes of them.
set -euo pipefail
folder=$1 seconds=$2 captures=${3:-}
ran=0
if [ -n "$captures" ] && [ ! -d "$folder/seeds" ]; then python3 fuzz/make_seeds.py "$captures" "$folder/seeds"; fi

# fuzz TARGET NAME SEEDS SECONDS
fuzz() {
  local corpus=$folder/corpus/$2 seeds=()
  mkdir -p "$corpus" "$folder/findings"
  if [ -d "$folder/seeds/$3" ]; then seeds+=("$folder/seeds/$3"); fi
  echo "$2, $4 s"
  if ! "$folder/$1" -max_total_time="$4" -max_len=65536 -rss_limit_mb=2048 -timeout=10 -verbosity=0 \
    -print_final_stats=1 -artifact_prefix="$folder/findings/$2-" "$corpus" "${seeds[@]}" >"$folder/$2.log" 2>&1; then
    tail -n 60 "$folder/$2.log"
    echo "fuzz_briefly.sh: $2: a finding; its input is in $folder/findings" >&2
    exit 1
  fi
  grep -E 'number_of_executed_units|peak_rss_mb' "$folder/$2.log" || true
  ran=$((ran + 1))
}

for target in "$folder"/*; do
  if [ ! -f "$target" ] || [ ! -x "$target" ]; then continue; fi
  name=$(basename "$target")
  if [ "$name" != fuzz_decode ]; then
    fuzz "$name" "$name" "${name#fuzz_}" "$seconds"
    continue
  fi
  for decoder in $(VEDETTE_DECODER=list "$target"); do
    VEDETTE_DECODER=$decoder fuzz "$name" "${name}_$decoder" "decode_${decoder##*_}" $((seconds / 4 > 0 ? seconds / 4 : 1))
  done
done
if [ "$ran" = 0 ]; then
  echo "fuzz_briefly.sh: no fuzz target in $folder" >&2
  exit 1
fi

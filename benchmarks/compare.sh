#!/usr/bin/env bash
# Runs two commands in turn, each of which prints one JSON object, and prints how a figure of the first compares with that of the second.
#
#   benchmarks/compare.sh ./glacis bench mtl-ibp-mnist-small --batch 256 --steps 100 -- python3 benchmarks/peers/mtl_ibp.py --net small
#
# FIGURE (stepMillisMedian)  the figure       ROUNDS (3)  how often each command runs
set -euo pipefail
figure=${FIGURE:-stepMillisMedian}
rounds=${ROUNDS:-3}
first=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  first+=("$1")
  shift
done
if [ ${#first[@]} -eq 0 ] || [ $# -lt 2 ]; then
  sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
shift
value() { # COMMAND...
  "$@" 2>/dev/null | python3 -c '
import json, sys
text = sys.stdin.read()
print(json.loads(text[text.index("{"):])[sys.argv[1]])' "$figure"
}
pairs=()
for round in $(seq "$rounds"); do
  a=$(value "${first[@]}") || { echo "compare.sh: this printed no $figure: ${first[*]}" >&2; exit 1; }
  b=$(value "$@") || { echo "compare.sh: this printed no $figure: $*" >&2; exit 1; }
  pairs+=("$a,$b")
done
python3 - "$figure" "${pairs[@]}" <<'P'
import json, statistics, sys

pairs = [tuple(map(float, pair.split(","))) for pair in sys.argv[2:]]
ratios = sorted(a / b for a, b in pairs)
print(json.dumps({"figure": sys.argv[1], "first": [a for a, _ in pairs], "second": [b for _, b in pairs],
                  "ratio": round(statistics.median(ratios), 3), "least": round(ratios[0], 3), "largest": round(ratios[-1], 3)}))
P

#!/bin/sh
# Whether two commits compute the same: bench/same.sh OLD [NEW] (default: the checkout as it stands) runs
# the quick searches of both spaces, a training from scratch and a tiny study with each, and compares
# weights byte for byte, events and trials without times. Exit code 1 where one differs. CASES="macro
# train" takes some of them alone: macro, micro, train, study.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
exec "$root/run" deno run -A --config "$root/bench/deno.json" "$root/bench/same.ts" "$@"

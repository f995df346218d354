#!/bin/sh
# Kills small runs N times in all (default 20) at random instants, resumes them and compares them with
# runs that were never interrupted: bench/crash.sh [N [SEED]]. Prints `N of N equal`; exit code 1 and
# the folder of the runs stays where one differs.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
exec "$root/run" deno run -A --config "$root/bench/deno.json" "$root/bench/crash.ts" "$@"

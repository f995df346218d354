#!/bin/sh
# Checks and measures on a machine that has a GPU but no network: carry a folder there, run this.
#
#   bench/gpu.sh pack [FOLDER]             where there is a network: fills FOLDER with Deno, the Vulkan
#                                          loader's packages and the libraries; PEERS=no leaves those
#                                          of the other frameworks out, which are the largest
#   bench/gpu.sh run [FOLDER] [STEP …]     there: doctor, tests, search, tune, bench, untuned and
#                                          scaling, or the named ones; LIMIT=SECONDS ends a step that
#                                          takes longer (default 1800)
#
# FOLDER is .gpu beside deno.json by default. Results go into the folder $OUT, or bench/results/gpu:
# doctor.json, tests.log, search.json, search.html, tune.json, steps.{json,md}, ops.{json,md},
# untuned.{json,md}, scaling.*, tuning.json, driver.txt and errors.log. `tune` finds the fastest kernels
# for the search, `bench` those for its cases: first training steps, then single ops; `untuned`
# measures the engine alone on the same cases without them.
# Deno and the libraries are unpacked into a temporary folder outside the checkout, and nothing of the
# system is changed. What fails is named at the end, and the exit code is then 1.
set -eu

# ldconfig lies where only root's PATH leads.
PATH=$PATH:/usr/sbin:/sbin
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)

say() { printf 'gpu: %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

usage() {
  sed -n '2,18s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

# What Vulkan programs need beside the GPU's own driver; only their libraries are used.
loader_packages='libvulkan1 libegl1 libglvnd0 libopengl0 libgl1 libglx0 libgles2'

# --- Packing --------------------------------------------------------------------------------------

pack() {
  # Where there is no Deno, `run` fetches it.
  deno=$("$root/run" deno eval 'console.log(Deno.execPath())') || fail "run could not get Deno"
  PATH=$(dirname -- "$deno"):$PATH
  have xz || fail "pack needs xz; type: sudo apt-get install xz-utils"
  mkdir -p "$carried"
  # Git leaves the folder alone, wherever it is.
  printf '*\n' >"$carried/.gitignore"
  rm -f "$carried/no-peers"
  if [ "${PEERS:-yes}" != yes ]; then : >"$carried/no-peers"; fi
  say "packing Deno"
  xz -6 -T0 -c <"$deno" >"$carried/deno.xz"
  if have apt-get; then
    say "getting the Vulkan loader"
    # shellcheck disable=SC2086 # A list of names.
    (cd "$carried" && apt-get download -qq $loader_packages) ||
      say "no package of the loader was added; it has to be there already"
  fi
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  say "getting the libraries"
  cp -R "$root/bench" "$root/cli" "$root/cli.ts" "$root/deno.json" "$root/deno.lock" \
    "$root/engine" "$root/mod.ts" "$root/nas" "$root/reports" "$root/shaders" "$root/study" "$root/tests" "$scratch"
  (
    cd "$scratch"
    export DENO_DIR="$scratch/cache"
    deno cache --quiet --no-check cli.ts tests/engine/*_test.ts tests/engine/*/*_test.ts \
      tests/nas/child/*_test.ts tests/bench/*_test.ts
    if [ "${PEERS:-yes}" = yes ]; then
      sed -n 's/.*"\(npm:[^"]*\)".*/\1/p' bench/deno.json |
        xargs deno cache --quiet --no-check --config bench/deno.json
    fi
    # Nothing here is debugged, type-checked or drawn by a browser there, and the other machine has this
    # one's C library.
    find cache -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.[cm]ts' -o -path '*/zod/*/src/*' \) \
      -exec rm -f {} +
    find cache -path '*/playwright-core/*' -type f ! -name package.json ! -name cli.js -exec rm -f {} +
    if ldd --version 2>&1 | grep -qi musl; then foreign=gnu; else foreign=musl; fi
    find cache -path "*/canvas-linux-*-$foreign/*" -name '*.node' -exec rm -f {} +
    tar -cf - cache
  ) | xz -6 -T0 -c >"$carried/cache.tar.xz"
  say "packed $(du -sh "$carried" | cut -f1) into $carried"
}

# --- Running --------------------------------------------------------------------------------------

# unxz FILE: to stdout; Python has the same decoder where there is no xz.
unxz() {
  if have xz; then
    xz -dc "$1"
  elif have python3; then
    python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer)' "$1"
  else
    fail "unpacking $1 needs xz or python3"
  fi
}

unpack() {
  [ -f "$carried/deno.xz" ] || fail "$carried has no deno.xz; fill it with: bench/gpu.sh pack"
  [ -f "$carried/cache.tar.xz" ] || fail "$carried has no cache.tar.xz; fill it with: bench/gpu.sh pack"
  mkdir "$scratch/bin"
  unxz "$carried/deno.xz" >"$scratch/bin/deno"
  chmod 755 "$scratch/bin/deno"
  unxz "$carried/cache.tar.xz" | tar -xf - -C "$scratch"
  PATH=$scratch/bin:$PATH
  DENO_DIR=$scratch/cache
  export PATH DENO_DIR
  deno --version >/dev/null || fail "the packed Deno does not run on this machine: $(uname -sm)"
}

# Uses the carried loader where the system has none, and the driver's description where the loader
# would not find it.
set_up_vulkan() {
  [ "$(uname -s)" = Linux ] || return 0
  if ! ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1'; then
    say "the system has no Vulkan loader; using the one that was carried along"
    for package in "$carried"/*.deb; do
      [ -f "$package" ] || fail "$carried has no package of the loader and the system has none"
      dpkg-deb -x "$package" "$scratch/system"
    done
    for folder in "$scratch"/system/usr/lib/*-linux-gnu; do
      LD_LIBRARY_PATH=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    done
    export LD_LIBRARY_PATH
  fi
  if [ -n "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ]; then return 0; fi
  for folder in /etc /usr/share /usr/local/share; do
    for description in "$folder"/vulkan/icd.d/*.json; do
      if [ -f "$description" ]; then return 0; fi
    done
  done
  description=$(find /usr /opt -path '*/vulkan/icd.d/*.json' -print 2>/dev/null | head -n 1)
  [ -n "$description" ] || fail "no Vulkan driver is described anywhere on this machine"
  say "using the driver that $description describes"
  VK_DRIVER_FILES=$description
  export VK_DRIVER_FILES
}

# A step that hangs must not take the others' time; not every system has the command.
limited() { if have timeout; then timeout "${LIMIT:-1800}" "$@"; else "$@"; fi; }

deno_run() { limited deno run -A --no-check --cached-only "$@" 2>>"$out/errors.log"; }

step_doctor() { deno_run cli.ts doctor --json >"$out/doctor.json"; }

step_tests() {
  limited deno test -A --no-check --cached-only tests/engine tests/nas/child tests/bench \
    >"$out/tests.log" 2>&1
}

step_tune() { deno_run cli.ts doctor --json --tune quick >"$out/tune.json"; }

# bench_run NAME OPTION …: as $out/NAME.json and $out/NAME.md.
bench_run() {
  name=$1
  shift
  deno_run --config bench/deno.json bench/main.ts --json --markdown "$out/$name.md" "$@" \
    >"$out/$name.json"
}

steps='step step.macro.L12C36S32'
ops='conv conv3x3.train.C batch_norm depthwise max_pool avg_pool'

# shellcheck disable=SC2086 # Lists of names.
step_bench() {
  bench_run steps --tuning measure $steps
  steps_result=$?
  bench_run ops --tuning measure $ops ours && [ $steps_result = 0 ]
}

# shellcheck disable=SC2086
step_untuned() { bench_run untuned --tuning none --peers "" $steps $ops; }

step_scaling() {
  deno_run --config bench/deno.json bench/main.ts scaling --out "$out/scaling" >/dev/null
}

step_search() {
  deno_run cli.ts search --json --out "$scratch/runs" --name gpu >"$out/search.json" &&
    cp "$scratch/runs/gpu/report.html" "$out/search.html"
}

run_steps() {
  if [ $# = 0 ]; then set -- doctor tests search tune bench untuned scaling; fi
  for step in "$@"; do
    case $step in
      doctor | tests | search | tune | bench | untuned | scaling) ;;
      *) fail "there is no step '$step'; the steps are: doctor tests search tune bench untuned scaling" ;;
    esac
  done
  out=${OUT:-$root/bench/results/gpu}
  mkdir -p "$out"
  out=$(CDPATH='' cd -- "$out" && pwd -P)
  : >"$out/errors.log"
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  unpack
  set_up_vulkan
  XDG_RUNTIME_DIR=$scratch
  NO_COLOR=1
  # What is tuned here is kept with the results; data sets are found where they always are.
  ENASLAB_DATA=${ENASLAB_DATA:-${XDG_CACHE_HOME:-${HOME:-$scratch}/.cache}/enaslab}
  XDG_CACHE_HOME=$scratch/tuned
  export XDG_RUNTIME_DIR NO_COLOR ENASLAB_DATA XDG_CACHE_HOME
  if have nvidia-smi; then nvidia-smi >"$out/driver.txt" 2>&1 || true; fi
  # Deno makes node_modules beside deno.json: not in the checkout.
  mkdir "$scratch/tree"
  (cd "$root" && tar -cf - --exclude=./node_modules --exclude=./.git --exclude=./runs \
    --exclude=./.deno --exclude=./.gpu .) | tar -xf - -C "$scratch/tree"
  cd "$scratch/tree"
  # Deno starts no program whose configuration names a library that it lacks.
  if [ -f "$carried/no-peers" ]; then
    grep -v '"@jax-js\|"@tensorflow' bench/deno.json >"$scratch/deno.json"
    mv "$scratch/deno.json" bench/deno.json
  fi
  failed=
  for step in "$@"; do
    say "$step"
    began=$(date +%s)
    if "step_$step"; then result=ok; else
      result="failed, see $out"
      failed="$failed $step"
    fi
    say "$step: $result, $(($(date +%s) - began)) s"
  done
  for file in "$XDG_CACHE_HOME"/enaslab/tuning/*.json; do
    if [ -f "$file" ]; then cp "$file" "$out/tuning.json"; fi
  done
  [ -z "$failed" ] || fail "failed:$failed"
}

[ $# -gt 0 ] || usage
command=$1
shift
carried=$root/.gpu
case ${1:-} in
  */* | .*)
    carried=$1
    shift
    ;;
esac
case $command in
  pack) pack ;;
  run)
    carried=$(CDPATH='' cd -- "$carried" 2>/dev/null && pwd -P) ||
      fail "the folder with Deno is not there; name it, or fill .gpu with: bench/gpu.sh pack"
    run_steps "$@"
    ;;
  *) usage ;;
esac

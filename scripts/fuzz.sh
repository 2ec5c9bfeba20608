#!/usr/bin/env bash
# make fuzz: every target under libFuzzer for SECONDS_EACH seconds (60), or those named in TARGETS. What fails is kept
# in fuzz/artifacts; inputs that reach something new are kept in fuzz/corpus and not in the repository.
set -eu
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/rust.sh

command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
# libFuzzer's flags are the compiler's own, which asks for leave.
export RUSTC_BOOTSTRAP=1
for target in ${TARGETS:-config weights tar idx cifar picture phases paths curves}; do
  mkdir -p "fuzz/corpus/$target"
  cargo fuzz run --release --sanitizer none "$target" "fuzz/corpus/$target" "tests/fuzz/corpus/$target" -- \
    -max_total_time="${SECONDS_EACH:-60}" -rss_limit_mb=2048 -timeout=20
done

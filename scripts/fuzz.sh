#!/usr/bin/env bash
# make fuzz: every target under libFuzzer for SECONDS_EACH seconds (60), or those named in TARGETS. What fails is kept
# in fuzz/artifacts; inputs that reach something new are kept in fuzz/corpus. Neither is in the repository.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh

setup 'Rust' setup_rust
has c++ || missing 'a C++ compiler (c++)' 'apt-get install g++     # Debian'

build() {
  # The versions that soda itself is built with; Cargo adds libFuzzer's.
  cp Cargo.lock fuzz/Cargo.lock
  RUSTC_WRAPPER=$PWD/fuzz/instrument.sh native_cargo build --release --manifest-path fuzz/Cargo.toml
}
step 'fuzz targets' build

programs=$(target_dir "$native_way")/release
for target in ${TARGETS:-config weights tar idx cifar picture sound phases paths curves}; do
  mkdir -p "fuzz/corpus/$target" fuzz/artifacts
  loud "$target" "$programs/$target" "fuzz/corpus/$target" "tests/fuzz/corpus/$target" \
    -artifact_prefix="fuzz/artifacts/$target-" -max_total_time="${SECONDS_EACH:-60}" -rss_limit_mb=2048 \
    -timeout=120 -print_final_stats=1 -verbosity=0
done
finish

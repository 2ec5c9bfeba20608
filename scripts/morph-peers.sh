#!/usr/bin/env bash
# scripts/morph-peers.sh ARCHIVE: OpenCV's optical flow (DIS), drawn as `soda morph` draws, and a cross-fade, against the pictures of the
# archive that are known to lie between two others; then `soda eval morph` of the same. See docs/morphing.md.
set -euo pipefail
where=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/step.sh
. "$where/scripts/step.sh"
# shellcheck source=scripts/install.sh
. "$where/scripts/install.sh"
# shellcheck source=scripts/rust.sh
. "$where/scripts/rust.sh"
# shellcheck source=scripts/python.sh
. "$where/scripts/python.sh"

[ $# = 1 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
archive=$(realpath "$1")
setup_python peers
cd "$where"
setup Rust setup_rust
step 'soda' native_cargo build --release --locked --bin soda
"$python" tools/peers/morph.py "$archive"
"$(target_dir "$native_way")/release/soda" eval morph --data "$archive"

#!/usr/bin/env bash
# scripts/recognition-peers.sh DATA [OPTION…]: five labels a class by the matcher's features, by MobileNetV2's and by all of EfficientNet-Lite0's, on the
# same draws of the same pictures. Options go to `soda eval few-shot`, such as --label group. See docs/evaluation.md.
set -euo pipefail
where=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/step.sh
. "$where/scripts/step.sh"
# shellcheck source=scripts/install.sh
. "$where/scripts/install.sh"
# shellcheck source=scripts/rust.sh
. "$where/scripts/rust.sh"
# shellcheck source=scripts/node.sh
. "$where/scripts/node.sh"
# shellcheck source=scripts/python.sh
. "$where/scripts/python.sh"

[ $# -ge 1 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
data=$(realpath "$1")
shift
out=$SODA_CACHE/recognition-peers
package=$out/mediapipe-objectron-0.4.1675468480.tgz
mkdir -p "$out"

fetch() {
  [ -e "$package" ] || npm pack --silent --pack-destination "$out" @mediapipe/objectron@0.4.1675468480
}

setup_python recognition
recognition_python=$python
setup_features
cd "$where"
setup 'Node.js' setup_node
setup Rust setup_rust
step 'soda' native_cargo build --release --locked --bin soda
step 'npm package @mediapipe/objectron' fetch
for side in 160 300; do
  PYTHONPATH=tools/features "$recognition_python" tools/recognition/mobilenet.py "$data" --package "$package" --side "$side" --out "$out"
done
"$features_python" tools/features/features.py "$data" --size 224 --out "$out/efficientnet-lite0.safetensors"
options=(--features matcher --shots 5 --episodes 20 --held-out-share 0.5)
for network in mobilenet-v2-{160,300}-{last,middle-last,middle-last-largest} efficientnet-lite0; do
  options+=(--beside "$network.safetensors")
done
cd "$out"
"$(target_dir "$native_way")/release/soda" eval few-shot --model "$where/models/emoji64" --data "$data" "${options[@]}" "$@"

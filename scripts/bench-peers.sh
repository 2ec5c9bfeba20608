#!/usr/bin/env bash
# make bench-peers: the same networks by us and by peers, in turns in one run; see benches/peers/README.md.
#   scripts/bench-peers.sh [native|training|wasm|webgpu]…    only these
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh
. scripts/node.sh
. scripts/chromium.sh
. scripts/wasm.sh

peers=$SODA_CACHE/peers
work=$peers/work
python=$peers/venv/bin/python
model=models/emoji64
wanted=${*:-native training wasm webgpu}

python_packages() {
  [ -x "$python" ] || python3 -m venv "$peers/venv"
  "$peers/venv/bin/pip" install --disable-pip-version-check -r benches/peers/requirements.txt
}

native_program() {
  native_cargo bench --locked --bench network --no-run --message-format json >"$peers/build.json"
  "$python" - "$peers/build.json" >"$peers/program" <<'END'
import json, sys
built = [json.loads(line) for line in open(sys.argv[1]) if line.startswith("{")]
print(*(m["executable"] for m in built if m.get("executable") and m["target"]["name"] == "network"))
END
}

# web_engine BACKEND
web_engine() {
  local features=web,flex,relaxed
  [ "$1" = wasm ] || features=web,webgpu
  wasm_cargo build --example compared --locked --profile web --no-default-features --features "$features"
  rm -rf "${peers:?}/$1"
  mkdir -p "$peers/$1"
  "$(_bindgen)" "$(target_dir "$wasm_way")/$wasm_target/web/examples/compared.wasm" "$peers/$1"
}

# What the other comparisons than that of training need.
prepare_graphs() {
  [ -z "${prepared:-}" ] || return 0
  prepared=1
  step 'npm packages' npm_ci .
  step 'Python packages of the peers' python_packages
  step 'networks and their inputs' "$python" benches/peers/export.py --model "$model" --folder "$work"
}

compare_native() {
  prepare_graphs
  step 'our program' native_program
  loud 'native' "$python" benches/peers/native.py --program "$(cat "$peers/program")" --model "$model" --folder "$work" --out "$peers/native.json"
}

python_packages_of_training() {
  [ -x "$python" ] || python3 -m venv "$peers/venv"
  "$peers/venv/bin/pip" install --disable-pip-version-check -r benches/peers/requirements-training.txt
}

compare_training() {
  step 'PyTorch' python_packages_of_training
  step 'our program' native_program
  step 'soda' native_cargo build --release --locked --bin soda
  loud 'training' "$python" benches/peers/training.py --program "$(cat "$peers/program")" --soda "$(target_dir "$native_way")/release/soda" \
    --recipe models/faces64/recipe.json --folder "$work" --out "$peers/training.json"
}

compare_web() {
  prepare_graphs
  setup 'Chromium' setup_chromium
  step 'npm packages of the peers' npm_ci benches/peers/web
  [ -x "$(_bindgen)" ] || step 'wasm-bindgen tool' _build_bindgen
  step "our engine for $1" web_engine "$1"
  local flags=()
  [ "$1" = wasm ] || flags=(--webgpu)
  loud "$1" node benches/peers/web.mjs --folder "$work" --model "$model" --engine "$peers/$1" --out "$peers/$1.json" "${flags[@]}"
}

has python3 || missing 'Python 3.10 or newer' 'apt-get install python3 python3-venv'
mkdir -p "$work"
setup 'Node.js' setup_node
setup 'Rust' setup_rust
for each in $wanted; do
  case $each in
    native) compare_native ;;
    training) compare_training ;;
    wasm | webgpu) compare_web "$each" ;;
    *) missing "a comparison called $each" 'scripts/bench-peers.sh native training wasm webgpu' ;;
  esac
done
echo "every time: $peers/{native,training,wasm,webgpu}.json"
finish

#!/usr/bin/env bash
# make profile: where the time of encoding, of a U-Net step and of a training step goes, natively and in the browser.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh
. scripts/node.sh
. scripts/chromium.sh
. scripts/wasm.sh

model=models/emoji64

# named_wasm BACKEND FEATURES: the module with the names of its functions.
named_wasm() {
  wasm_cargo build --lib --locked --profile web --no-default-features --features "$2"
  rm -rf "$SODA_CACHE/profile/$1"
  mkdir -p "$SODA_CACHE/profile/$1"
  "$(_bindgen)" --names "$(target_dir "$wasm_way")/$wasm_target/web/soda.wasm" "$SODA_CACHE/profile/$1"
}

setup 'Node.js' setup_node
setup 'Rust' setup_rust
setup 'Chromium' setup_chromium
step 'npm packages' npm_ci .
step 'native program' native_cargo build --release --locked --bench profile
[ -x "$(_bindgen)" ] || step 'wasm-bindgen tool' _build_bindgen
step 'WebAssembly for cpu, with names' named_wasm cpu web,flex,relaxed
step 'WebAssembly for webgpu, with names' named_wasm webgpu web,webgpu
loud 'native' native_cargo bench --quiet --locked --bench profile --profile release -- "$model" --json "$SODA_CACHE/profile/native.json"
for backend in cpu webgpu; do
  loud "browser, $backend" node benches/profile.mjs "$SODA_CACHE/profile/$backend" --model "$model" --backend "$backend" \
    --json "$SODA_CACHE/profile/$backend.json"
done
for backend in cpu webgpu; do
  loud "size, $backend" node benches/sizes.mjs "$SODA_CACHE/profile/$backend/soda_bg.wasm"
done
echo "as JSON: $SODA_CACHE/profile/{native,cpu,webgpu}.json"
finish

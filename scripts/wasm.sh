# shellcheck shell=bash
# Sourced. Builds the WebAssembly modules, pkg/dist/{morph,sound,recognition-module,cpu,cpu-relaxed,webgpu}, after setup_rust and setup_node.
#
# Finished modules are kept in the cache under a hash of all that goes into them, so that nothing is built twice
# on one machine, whatever the checkout.

wasm_kept=20 # finished modules that stay in the cache

# The tool that writes the JavaScript beside the wasm, built once for each version of its sources.
_bindgen() { echo "$SODA_CACHE/bindgen/$(hash_of tools/bindgen)/soda-bindgen"; }

_build_bindgen() {
  native_cargo build --release --locked --manifest-path tools/bindgen/Cargo.toml
  mkdir -p "$(dirname "$(_bindgen)")"
  cp "$(target_dir "$native_way")/release/soda-bindgen" "$(_bindgen)"
}

# _wasm_module NAME: the folder in the cache where this module, built from these sources, belongs.
_wasm_module() {
  local sources
  sources=$(hash_of src wasm Cargo.toml Cargo.lock .cargo tools/bindgen scripts/wasm.sh)
  echo "$SODA_CACHE/wasm/$(printf '%s\n' "$1" "$sources" "$(rust_summary "$wasm_way")" | git hash-object --stdin)"
}

# _compile_wasm MODULE FEATURES: MODULE was named before compiling, so that sources edited meanwhile are built again.
_compile_wasm() {
  wasm_cargo build --lib --locked --profile web --no-default-features --features "$2"
  local module=$1 out=$1.new
  rm -rf "$out"
  mkdir -p "$out"
  "$(_bindgen)" "$(target_dir "$wasm_way")/$wasm_target/web/soda.wasm" "$out"
  rm -rf "$module"
  mv "$out" "$module"
}

# _wasm MODULE FEATURES
_wasm() {
  local module dist=pkg/dist/$1
  module=$(_wasm_module "$1")
  if [ -f "$module/soda_bg.wasm" ]; then
    touch "$module"
  else
    [ -x "$(_bindgen)" ] || step 'wasm-bindgen tool' _build_bindgen
    step "WebAssembly for $1" _compile_wasm "$module" "$2"
  fi
  mkdir -p "$dist"
  cp "$module"/* "$dist"
}

# Packages of their own, without Burn: the morph, sounds, and recognition.
_compile_package() {
  wasm_cargo build --locked --release --manifest-path "wasm/$2/Cargo.toml"
  local module=$1 out=$1.new
  rm -rf "$out"
  mkdir -p "$out"
  "$(_bindgen)" "$(target_dir "$wasm_way")/$wasm_target/release/soda_$2.wasm" "$out"
  rm -rf "$module"
  mv "$out" "$module"
}

# _wasm_package NAME [FOLDER]: the package in wasm/NAME, in pkg/dist/FOLDER.
_wasm_package() {
  local module dist=pkg/dist/${2:-$1}
  module=$(_wasm_module "$1")
  if [ -f "$module/soda_bg.wasm" ]; then
    touch "$module"
  else
    [ -x "$(_bindgen)" ] || step 'wasm-bindgen tool' _build_bindgen
    step "WebAssembly for the $1" _compile_package "$module" "$1"
  fi
  mkdir -p "$dist"
  cp "$module"/* "$dist"
}

wasm() {
  _wasm_package morph
  # The matcher is beside the morph.
  cp models/matcher/model.safetensors pkg/dist/morph/matcher.safetensors
  _wasm_package sound
  # Recognition lies within the library's JavaScript; the folder is not published.
  _wasm_package recognition recognition-module
  node tools/wasm/inline.mjs pkg/dist/recognition-module
  _wasm cpu web,flex
  _wasm cpu-relaxed web,flex,relaxed
  _wasm webgpu web,webgpu
  # shellcheck disable=SC2012 # the names are hashes
  (cd "$SODA_CACHE/wasm" && ls -t | tail -n "+$((wasm_kept + 1))" | while IFS= read -r old; do rm -rf "$old"; done)
}

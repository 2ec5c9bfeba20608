#!/usr/bin/env bash
# make bench: the measured speeds and download sizes, native and in the browser.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh
. scripts/node.sh
. scripts/chromium.sh
. scripts/wasm.sh

setup 'Node.js' setup_node
setup 'Rust' setup_rust
setup 'Chromium' setup_chromium
step 'npm packages' npm_ci .
step 'native program' native_cargo build --release --locked
wasm
step 'TypeScript library' npm run --silent build:lib
step 'page' npm run --silent build:page
loud 'native' native_cargo run --release --locked --quiet -- bench --model models/emoji64
loud 'browser' npm run --silent bench:browser
finish

#!/usr/bin/env bash
# make test-soak: minutes of use in Chromium on both backends, for memory that grows. Not part of make test: it takes about five minutes.
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
wasm
step 'TypeScript library' npm run --silent build:lib
step 'page' npm run --silent build:page
loud 'soak' npm run --silent test:soak
finish

#!/usr/bin/env bash
# make test-consumers: projects that use the npm package, each built by its own tools and run in Chromium.
# SODA_CONSUMERS=esbuild,next takes only these.
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
loud 'consumers' npm run --silent test:consumers
finish

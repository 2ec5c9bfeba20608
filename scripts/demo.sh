#!/usr/bin/env bash
# make demo: sets everything up, builds the page and serves it on localhost.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh
. scripts/node.sh
. scripts/wasm.sh

echo 'soda: building the page'
setup 'Node.js' setup_node
setup 'Rust' setup_rust
step 'npm packages' npm_ci .
wasm
step 'TypeScript library' npm run --silent build:lib
step 'page' npm run --silent build:page
finish
exec npm run --silent serve

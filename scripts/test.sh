#!/usr/bin/env bash
# make test: sets everything up and runs all tests. All of them run, whichever fail; the end says which did.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh
. scripts/node.sh
. scripts/chromium.sh
. scripts/other-browsers.sh
. scripts/wasm.sh

echo 'soda: setting up and running all tests'
setup 'Node.js' setup_node
setup 'Rust' setup_rust
setup 'Chromium' setup_chromium
setup 'Firefox and WebKitGTK' setup_other_browsers
step 'npm packages' npm_ci .
step 'native tests, compiling' native_cargo test --release --locked --no-run
wasm
step 'TypeScript library' npm run --silent build:lib
step 'page' npm run --silent build:page
step 'npm packages of tools/avatars' npm_ci tools/avatars
step 'npm packages of tools/emoji' npm_ci tools/emoji

loud 'native tests' native_cargo test --release --locked --no-fail-fast
loud 'TypeScript unit tests' npm run --silent test:unit
loud 'tests of the data tools' node --test tools/avatars/test/ tools/emoji/test/ tools/lint/test/ tools/models/test/
loud 'package tests' npm run --silent test:package
SODA_CONSUMERS=${SODA_CONSUMERS:-esbuild,types} loud 'consumers of the package' npm run --silent test:consumers
SODA_PROGRAM=$(target_dir "$native_way")/release/soda
export SODA_PROGRAM
loud 'browser tests' npm run --silent test:browser
loud 'other browsers' npm run --silent test:other-browsers
finish

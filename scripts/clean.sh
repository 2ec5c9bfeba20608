#!/usr/bin/env bash
# make clean: removes what was built, here and in the cache.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh

rm -rf dist pkg/dist test-results "$SODA_CACHE/wasm" "$SODA_CACHE/bindgen" "$SODA_CACHE/logs" "$SODA_CACHE/target"

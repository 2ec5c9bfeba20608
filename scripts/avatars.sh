#!/usr/bin/env bash
# scripts/avatars.sh: draws avatars with known attributes from npm packages, into data/ or the folder SODA_DATA names: `soda eval edits` measures on
# them, and avatars64 learns from those of `--set avatars64`. Options go to tools/avatars/build.mjs.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/node.sh

setup 'Node.js' setup_node
step 'npm packages of tools/avatars' npm_ci tools/avatars
loud 'avatars' node tools/avatars/build.mjs --out "${SODA_DATA:-data}" "$@"
finish

#!/usr/bin/env bash
# scripts/avatars.sh: draws avatars with known attributes from an npm package, into data/ or the folder SODA_DATA names; `soda eval edits` measures on them.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/node.sh

setup 'Node.js' setup_node
step 'npm packages of tools/avatars' npm_ci tools/avatars
loud 'avatars' node tools/avatars/build.mjs --out "${SODA_DATA:-data}" "$@"
finish

#!/usr/bin/env bash
# scripts/avatars64.sh: draws the avatars that avatars64 learns from, in five styles, into data/ or the folder SODA_DATA names. Options go to
# tools/avatars/build-styles.mjs. The same pictures come out every time.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/node.sh

setup 'Node.js' setup_node
step 'npm packages of tools/avatars' npm_ci tools/avatars
loud 'avatars' node tools/avatars/build-styles.mjs --out "${SODA_DATA:-data}" "$@"
finish

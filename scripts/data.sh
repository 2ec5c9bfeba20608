#!/usr/bin/env bash
# make data: builds the emoji training set from npm packages, into data/ or the folder SODA_DATA names. Options go to tools/emoji/build.mjs.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/node.sh

setup 'Node.js' setup_node
step 'npm packages of tools/emoji' npm_ci tools/emoji
loud 'emoji set' node tools/emoji/build.mjs --out "${SODA_DATA:-data}" "$@"
finish

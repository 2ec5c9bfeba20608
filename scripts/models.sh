#!/usr/bin/env bash
# scripts/models.sh emoji64|faces64 OUT TRAIN.tar TEST.tar: trains a shipped model anew, stage by stage as models/NAME/train/*.json say, into OUT/model.
# Run it again after an interruption: it goes on where it was. Further options, such as --device vulkan, go to every `soda train`.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh
. scripts/node.sh

if [ $# -lt 4 ] || [ ! -d "models/$1/train" ]; then
  missing 'a model, a folder, a training set or a test set' 'scripts/models.sh emoji64 runs/emoji64 data/emoji64-train.tar data/emoji64-test.tar'
fi
name=$1 out=$2 train=$3 test=$4
shift 4
setup 'Node.js' setup_node
setup 'Rust' setup_rust
if [ -n "${SODA:-}" ]; then
  soda=$SODA
else
  step 'soda' native_cargo build --release --locked --bin soda
  soda=$(target_dir "$native_way")/release/soda
fi
mkdir -p "$out"

# stage PLAN OPTIONS…: the model in OUT/N/model, from the one before it
stage() {
  local plan=$1 folder from=()
  folder=$out/$(basename "$plan" .json)
  shift
  [ -z "$last" ] || from=(--from "$last/model")
  [ -e "$folder/done" ] || "$soda" train --config "$plan" --resume "${from[@]}" --data "$train" --show "$test" --out "$folder" --name "$name" "$@" || return
  touch "$folder/done"
  last=$folder
}

last=''
for plan in models/"$name"/train/*.json; do
  loud "$plan" stage "$plan" "$@"
done
[ -z "$loud_failures" ] || finish
last=$out/$(basename "$plan" .json)
rm -rf "$out/model.part"
# The steps and the noise that the shipped model paints with were chosen afterwards.
cp -r "$last/model" "$out/model.part"
node - "models/$name" "$out/model.part" <<'END'
const { readFileSync, writeFileSync } = require('node:fs');
const [shipped, own] = process.argv.slice(2);
const read = (dir) => JSON.parse(readFileSync(`${dir}/config.json`, 'utf8'));
writeFileSync(`${own}/config.json`, JSON.stringify({ ...read(own), sampled: read(shipped).sampled }, null, 2));
END
if [ -f "models/$name/train/prior" ]; then
  # shellcheck disable=SC2046 # options, one word each
  loud 'prior' "$soda" train-prior --model "$out/model.part" --data "$train" $(cat "models/$name/train/prior")
fi
rm -rf "$out/model"
mv "$out/model.part" "$out/model"
echo "the model: $out/model"
finish

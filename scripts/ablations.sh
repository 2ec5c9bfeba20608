#!/usr/bin/env bash
# scripts/ablations.sh TRAIN.tar TEST.tar OUT: one change of the objective at a time, at equal budget, two seeds each; the table is OUT/table.md.
# PICTURES (4000) pictures of 32×32 a run. A run whose result is there already is not repeated.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh

[ $# = 3 ] || missing 'a training set, a test set and a folder' 'scripts/ablations.sh data/emoji64-train.tar data/emoji64-test.tar runs/ablations'
train=$1 test=$2 out=$3 pictures=${PICTURES:-4000}
setup 'Rust' setup_rust
step 'soda' native_cargo build --release --locked --bin soda
soda=$(target_dir "$native_way")/release/soda
mkdir -p "$out"

# one NAME SEED OPTIONS…
one() {
  local name=$1 seed=$2 folder=$out/$1-$2
  shift 2
  [ -s "$folder.json" ] && return
  rm -rf "$folder"
  "$soda" train --preset browser --phases "32:$pictures:32" --seed "$seed" --data "$train" --out "$folder" --sheet-every 86400 --json "$@" >"$folder.log" &&
    "$soda" eval reconstruct --model "$folder/model" --data "$test" --steps 1,4 --temperature 1 --json --out "$folder.json" >/dev/null
}

# ablation NAME OPTIONS…
ablation() {
  local name=$1
  shift
  for seed in 1 2; do loud "$name, seed $seed" one "$name" "$seed" "$@"; done
  names+=("$name")
}

names=()
ablation inverted-cosine --schedule inverted_cosine
ablation cosine --schedule cosine
ablation linear --schedule linear
ablation adaptive --schedule inverted_cosine --adaptive
ablation no-masking --schedule inverted_cosine --mask 0
ablation min-snr --schedule inverted_cosine --weighting min_snr:5
ablation dsm-stop --schedule inverted_cosine --lambda 0.1 --dsm-gradient stop
ablation dsm-flow --schedule inverted_cosine --lambda 0.1 --dsm-gradient flow
ablation consistency --schedule inverted_cosine --mu 0.1 --consistency cosine

node - "$out" "${names[@]}" >"$out/table.md" <<'END'
const { readFileSync } = require('node:fs');
const [out, ...names] = process.argv.slice(2);
const rows = (name, seed) => JSON.parse(readFileSync(`${out}/${name}-${seed}.json`, 'utf8')).rows;
console.log('| change | z, 1 step, PSNR | SSIM | z, 4 steps, PSNR | SSIM |\n|---|---|---|---|---|');
for (const name of names) {
  const [a, b] = [rows(name, 1), rows(name, 2)];
  const cell = (i, key, digits) => `${a[i][key].toFixed(digits)}, ${b[i][key].toFixed(digits)}`;
  console.log(`| ${name} | ${cell(0, 'psnr', 2)} | ${cell(0, 'ssim', 3)} | ${cell(1, 'psnr', 2)} | ${cell(1, 'ssim', 3)} |`);
}
END
finish

#!/usr/bin/env bash
# scripts/ablations.sh TRAIN.tar TEST.tar OUT: one change of the objective or of the views at a time, at equal budget, two seeds each: reconstruction, and a
# linear probe of the emoji's group on their latents. The table is OUT/table.md.
# PICTURES (4000) pictures of 32×32 a run. A run whose results are there already is not repeated.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh

[ $# = 3 ] || missing 'a training set, a test set and a folder' 'scripts/ablations.sh data/emoji64-train.tar data/emoji64-test.tar runs/ablations'
train=$1 test=$2 out=$3 pictures=${PICTURES:-4000}
setup 'Rust' setup_rust
if [ -n "${SODA:-}" ]; then
  soda=$SODA
else
  step 'soda' native_cargo build --release --locked --bin soda
  soda=$(target_dir "$native_way")/release/soda
fi
mkdir -p "$out"

# one NAME SEED OPTIONS…
one() {
  local name=$1 seed=$2 folder=$out/$1-$2
  shift 2
  if [ ! -s "$folder.json" ]; then
    rm -rf "$folder"
    "$soda" train --preset browser --phases "32:$pictures:32" --seed "$seed" --data "$train" --out "$folder" --sheet-every 86400 --json "$@" >"$folder.log" || return
    "$soda" eval reconstruct --model "$folder/model" --data "$test" --steps 1,4 --temperature 1 --json --out "$folder.json" >/dev/null || return
  fi
  [ -s "$folder.probe.json" ] ||
    "$soda" eval probe --model "$folder/model" --train "$train" --data "$test" --label group --epochs 15 --size 32 --json --out "$folder.probe.json" >/dev/null
}

# views NAME PAIRS: settings of how source and target are drawn, as JSON, on top of the defaults
views() {
  printf '{"pairs": %s}\n' "$2" >"$out/$1.views.json"
  ablation "$1" --config "$out/$1.views.json" --schedule inverted_cosine
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
strong='{"crop": 0.4, "flip": 0.5, "jitter": {"probability": 0.8, "brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}}'
views own-picture '{"p_other": 0, "p_label": 0}'
views source-augmentation "{\"source\": $strong}"
views target-augmentation "{\"source\": $strong, \"target\": $strong}"

node - "$out" "${names[@]}" >"$out/table.md" <<'END'
const { readFileSync } = require('node:fs');
const [out, ...names] = process.argv.slice(2);
const read = (file) => JSON.parse(readFileSync(`${out}/${file}.json`, 'utf8')).rows;
const probed = (run) => 100 * read(`${run}.probe`).find(({ row }) => row.startsWith('linear')).accuracy;
const columns = {
  'z, 1 step, PSNR': (run) => read(run)[0].psnr.toFixed(2),
  SSIM: (run) => read(run)[0].ssim.toFixed(3),
  'z, 4 steps, PSNR': (run) => read(run)[1].psnr.toFixed(2),
  'linear probe, %': (run) => probed(run).toFixed(1),
};
console.log(`| change | ${Object.keys(columns).join(' | ')} |\n|---|${'---|'.repeat(Object.keys(columns).length)}`);
for (const name of names) {
  const cells = Object.values(columns).map((of) => `${of(`${name}-1`)}, ${of(`${name}-2`)}`);
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}
END
finish

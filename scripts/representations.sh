#!/usr/bin/env bash
# scripts/representations.sh TRAIN TEST OUT: SODA and contrastive baselines on the same encoder, pictures, augmentation and budget; a linear probe
# and nearest neighbours on the latents of each. Sets are whatever soda reads, with classes; the table is OUT/table.md.
# OBJECTIVES are those of `soda train --objective`, and soda-consistency: SODA with its third term, the distance between the latents of both
# views; untrained is the encoder as it begins.
# PICTURES (20000) are budgets in pictures, with commas; SEEDS (1) seeds; SIZE (32) is the side of pictures, 64 for photographs of things in folders by
# class; PRESET (browser), BATCH (128), PRECISION (f32) and DEVICE as they say.
# (k = 200 is all of a smaller set.) A run whose results are there already is not repeated, one that was stopped goes on.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh

[ $# = 3 ] || missing 'a training set, a test set and a folder' 'scripts/representations.sh data/cifar10-train.tar.gz data/cifar10-test.tar.gz runs/representations'
train=$1 test=$2 out=$3
IFS=', ' read -ra budgets <<<"${PICTURES:-20000}"
IFS=', ' read -ra seeds <<<"${SEEDS:-1}"
IFS=', ' read -ra objectives <<<"${OBJECTIVES:-untrained,soda,soda-consistency,simclr,byol,vicreg}"
preset=${PRESET:-browser} batch=${BATCH:-128} size=${SIZE:-32} precision=${PRECISION:-f32}
device=()
[ -z "${DEVICE:-}" ] || device=(--device "$DEVICE")
setup 'Rust' setup_rust
if [ -n "${SODA:-}" ]; then
  soda=$SODA
else
  step 'soda' native_cargo build --release --locked --bin soda
  soda=$(target_dir "$native_way")/release/soda
fi
mkdir -p "$out"

# The random views of SimCLR on CIFAR-10 (Chen et al. 2020, appendix B.9: crop, flip, colour, no blur) for encoder and target alike, but for its
# conversion to grey.
view='{"crop": 0.28, "flip": 0.5, "jitter": {"probability": 0.8, "brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}}'
echo "{\"pairs\": {\"source\": $view, \"target\": $view}}" >"$out/views.json"

# one OBJECTIVE PICTURES SEED
one() {
  local run=$out/$1-$2-$3 go_on=() what=(--objective "$1") pictures=$2
  case $1 in
  untrained) what=(--learning-rate 0.000000001) pictures=$batch ;;
  soda-consistency) what=(--mu 1 --consistency vicreg) ;;
  esac
  if [ ! -s "$run/model/config.json" ] || [ ! -e "$run.trained" ]; then
    [ ! -s "$run/train.json" ] || go_on=(--resume)
    "$soda" train --config "$out/views.json" --preset "$preset" "${what[@]}" --precision "$precision" --phases "$size:$pictures:$batch" --seed "$3" --data "$train" \
      --out "$run" --sheet-every 86400 --json "${device[@]}" "${go_on[@]}" >>"$run.log" || return
    tail -n 1 "$run.log" | grep -q '"finished":true' || return
    touch "$run.trained"
  fi
  local measure=(--model "$run/model" --train "$train" --data "$test" --size "$size" --batch 64 --json "${device[@]}")
  [ -s "$run.knn.json" ] || "$soda" eval knn "${measure[@]}" --out "$run.knn.json" >/dev/null || return
  [ -s "$run.probe.json" ] || "$soda" eval probe --epochs 15 "${measure[@]}" --out "$run.probe.json" >/dev/null
}

for pictures in "${budgets[@]}"; do
  for objective in "${objectives[@]}"; do
    for seed in "${seeds[@]}"; do loud "$objective, $pictures pictures, seed $seed" one "$objective" "$pictures" "$seed"; done
  done
done

node - "$out" "${budgets[*]}" "${objectives[*]}" "${seeds[*]}" >"$out/table.md" <<'END'
const { readFileSync } = require('node:fs');
const [out, ...lists] = process.argv.slice(2);
const [budgets, objectives, seeds] = lists.map((list) => list.split(' '));
const rows = (run, protocol) => JSON.parse(readFileSync(`${out}/${run}.${protocol}.json`, 'utf8')).rows;
const found = (protocol, start) => (run) => rows(run, protocol).find(({ row }) => row.startsWith(start)).accuracy;
const columns = { 'linear, %': found('probe', 'linear'), 'L-BFGS, %': found('probe', 'logistic'), 'kNN, k = 20, %': found('knn', 'k = 20, weighed'), 'k = 200, %': (run) => rows(run, 'knn').findLast(({ row }) => row.includes('weighed')).accuracy };
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const cell = (values) => {
  const spread = Math.sqrt(values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0) / (values.length - 1));
  return (100 * mean(values)).toFixed(2) + (values.length > 1 ? ` ± ${(100 * spread).toFixed(2)}` : '');
};
console.log(`| objective | pictures seen | ${Object.keys(columns).join(' | ')} |\n|---|---|${'---|'.repeat(Object.keys(columns).length)}`);
for (const budget of budgets)
  for (const objective of objectives) {
    const cells = Object.values(columns).map((of) => cell(seeds.map((seed) => of(`${objective}-${budget}-${seed}`))));
    console.log(`| ${objective} | ${Number(budget).toLocaleString('en')} | ${cells.join(' | ')} |`);
  }
END
finish

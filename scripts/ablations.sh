#!/usr/bin/env bash
# scripts/ablations.sh TRAIN.tar TEST.tar OUT: one change of the objective or of the views at a time, at equal budget, two seeds each: reconstruction, what
# lies half-way between two pictures, and a linear probe of the emoji's group on the latents. The table is OUT/table.md.
# PICTURES (96000) pictures of 32×32 a run, in batches of 32; ONLY, names with spaces between, runs some; PRECISION (f32) as `soda train` has it.
# A run whose results are there already is not repeated, one that was stopped goes on.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh

[ $# = 3 ] || missing 'a training set, a test set and a folder' 'scripts/ablations.sh data/emoji64-train.tar data/emoji64-test.tar runs/ablations'
train=$1 test=$2 out=$3 pictures=${PICTURES:-96000} precision=${PRECISION:-f32}
setup 'Rust' setup_rust
if [ -n "${SODA:-}" ]; then
  soda=$SODA
else
  step 'soda' native_cargo build --release --locked --bin soda
  soda=$(target_dir "$native_way")/release/soda
fi
mkdir -p "$out"

# config PATCH: the recipe of emoji64 at half the side and without its critic, with some settings changed, as JSON
config() {
  node -e '
    const merged = (a, b) => Object.entries(b).reduce((all, [key, value]) =>
      ({ ...all, [key]: value?.constructor === Object && all[key] ? merged(all[key], value) : value }), a);
    const [recipe, patch] = process.argv.slice(1).map((text) => JSON.parse(text));
    console.log(JSON.stringify(merged(merged(recipe.train, { model: { size: 32 }, critic: null }), patch)));
  ' "$(cat models/emoji64/recipe.json)" "$1"
}

# one NAME SEED OPTIONS…
one() {
  local run=$out/$1-$2 seed=$2 go_on=()
  local config=$out/$1.json
  shift 2
  if [ ! -e "$run.trained" ]; then
    [ ! -s "$run/train.json" ] || go_on=(--resume)
    "$soda" train --config "$config" --precision "$precision" --phases "32:$pictures:32" --seed "$seed" --data "$train" --out "$run" --sheet-every 86400 \
      --json "$@" "${go_on[@]}" >>"$run.log" || return
    tail -n 1 "$run.log" | grep -q '"finished":true' || return
    touch "$run.trained"
  fi
  local measure=(--model "$run/model" --data "$test" --json)
  [ -s "$run.reconstruct.json" ] || "$soda" eval reconstruct "${measure[@]}" --steps 1,4 --temperature 1 --out "$run.reconstruct.json" >/dev/null || return
  [ -s "$run.midpoints.json" ] || "$soda" eval midpoints "${measure[@]}" --out "$run.midpoints.json" >/dev/null || return
  [ -s "$run.probe.json" ] || "$soda" eval probe "${measure[@]}" --train "$train" --label group --epochs 15 --out "$run.probe.json" >/dev/null
}

# ablation NAME PATCH OPTIONS…
ablation() {
  local name=$1 patch=$2
  shift 2
  case " ${ONLY:-$name} " in *" $name "*) ;; *) return ;; esac
  config "$patch" >"$out/$name.json"
  for seed in ${SEEDS:-1 2}; do loud "$name, seed $seed" one "$name" "$seed" "$@"; done
  names+=("$name")
}

names=()
ablation recipe '{}'
ablation inverted-cosine '{}' --schedule inverted_cosine
ablation linear '{}' --schedule linear
ablation adaptive '{}' --adaptive
ablation min-snr '{}' --weighting min_snr:5
ablation all-noise-levels '{"autoencode": 0}'
ablation all-noise-levels-inverted '{"autoencode": 0}' --schedule inverted_cosine
ablation no-gate '{"model": {"unet": {"input_gate": null}}}'
ablation masking '{}' --mask 0.1
ablation dsm-stop '{}' --lambda 0.1 --dsm-gradient stop
ablation dsm-flow '{}' --lambda 0.1 --dsm-gradient flow
ablation consistency-cosine '{}' --mu 0.1 --consistency cosine
ablation consistency-mse '{}' --mu 0.1 --consistency mse
ablation consistency-vicreg '{}' --mu 0.1 --consistency vicreg
ablation own-picture '{"pairs": {"p_other": 0, "p_label": 0}}'
ablation no-warps '{"pairs": {"p_warp": 0}}'
strong='{"crop": 0.4, "flip": 0.5, "jitter": {"probability": 0.8, "brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}}'
ablation source-augmentation "{\"pairs\": {\"source\": $strong}}"
ablation target-augmentation "{\"pairs\": {\"source\": $strong, \"target\": $strong}}"

node - "$out" "${SEEDS:-1 2}" "${names[@]}" >"$out/table.md" <<'END'
const { readFileSync } = require('node:fs');
const [out, seeds, ...names] = process.argv.slice(2);
const row = (run, protocol, start) => JSON.parse(readFileSync(`${out}/${run}.${protocol}.json`, 'utf8')).rows.find(({ row }) => row.startsWith(start));
const columns = {
  'z, 1 step, PSNR': (run) => row(run, 'reconstruct', 'z, 1 step').psnr.toFixed(2),
  SSIM: (run) => row(run, 'reconstruct', 'z, 1 step').ssim.toFixed(3),
  'z, 4 steps, PSNR': (run) => row(run, 'reconstruct', 'z, 4 steps').psnr.toFixed(2),
  'half-way, ghost': (run) => row(run, 'midpoints', 'different, latents').ghost.toFixed(3),
  'half-way, sharpness': (run) => row(run, 'midpoints', 'different, latents').sharpness.toFixed(3),
  'linear probe, %': (run) => (100 * row(run, 'probe', 'linear').accuracy).toFixed(1),
};
console.log(`| change | ${Object.keys(columns).join(' | ')} |\n|---|${'---|'.repeat(Object.keys(columns).length)}`);
for (const name of names) {
  const cells = Object.values(columns).map((of) => seeds.split(' ').map((seed) => of(`${name}-${seed}`)).join(', '));
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}
END
finish

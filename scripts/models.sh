#!/usr/bin/env bash
# scripts/models.sh emoji64|avatars64|faces64|notes64 OUT TRAIN.tar TEST.tar: trains a shipped model anew as models/NAME/recipe.json says, into OUT/model.
# Run it again after an interruption: it goes on where it was. Further options, such as --device vulkan, go to `soda train`.
#
# recipe.json: `train` is what `soda train --config` reads, `prior` the options of `soda train-prior`, `directions`, where there are any,
# those of `soda directions`, `renderer` those of `soda train-renderer`, which LARGE names the pictures for: LARGE=data/avatars256-train.tar.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh
. scripts/node.sh

if [ $# -lt 4 ] || [ ! -f "models/$1/recipe.json" ]; then
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

# part NAME: a part of the recipe; options one a line
part() {
  node -e '
    const [file, part] = process.argv.slice(1);
    const value = JSON.parse(require("node:fs").readFileSync(file, "utf8"))[part];
    console.log(Array.isArray(value) ? value.join("\n") : JSON.stringify(value, null, 1));' "models/$name/recipe.json" "$1"
}

part train >"$out/config.json"
go_on=()
! compgen -G "$out/run/checkpoint-*" >/dev/null || go_on=(--resume)
loud 'networks' "$soda" train --config "$out/config.json" "${go_on[@]}" --data "$train" --show "$test" --out "$out/run" --name "$name" "$@"
[ -z "$loud_failures" ] || finish
rm -rf "$out/model.part"
cp -r "$out/run/model" "$out/model.part"
mapfile -t prior < <(part prior)
loud 'prior' "$soda" train-prior --model "$out/model.part" --data "$train" "${prior[@]}"
[ -z "$loud_failures" ] || finish
mapfile -t directions < <(part directions)
if [ "${directions[*]}" != undefined ]; then
  loud 'directions' "$soda" directions --model "$out/model.part" --data "$train" "${directions[@]}"
  [ -z "$loud_failures" ] || finish
fi
mapfile -t renderer < <(part renderer)
if [ -n "${LARGE:-}" ] && [ "${renderer[*]}" != undefined ]; then
  loud 'renderer' "$soda" train-renderer --model "$out/model.part" --data "$LARGE" "${renderer[@]}"
  [ -z "$loud_failures" ] || finish
else
  echo 'the renderer is left out: name pictures of 256 pixels a side by LARGE'
fi
loud 'familiarity' "$soda" eval familiarity --model "$out/model.part" --data "$test" --keep
[ -z "$loud_failures" ] || finish
rm -rf "$out/model"
mv "$out/model.part" "$out/model"
echo "the model: $out/model"
finish

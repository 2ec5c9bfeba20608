#!/usr/bin/env bash
# make bench-peers: the same networks by us and by peers, in turns in one run; see benches/peers/README.md.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh

peers=$SODA_CACHE/peers

python_packages() {
  [ -x "$peers/venv/bin/python" ] || python3 -m venv "$peers/venv"
  "$peers/venv/bin/pip" install --disable-pip-version-check -r benches/peers/requirements.txt
}

bench_program() { native_cargo bench --locked --bench network --no-run --message-format json >"$peers/build.json"; }

has python3 || missing 'Python 3.10 or newer' 'apt-get install python3 python3-venv'
mkdir -p "$peers"
setup 'Rust' setup_rust
step 'Python packages of the peers' python_packages
step 'our program' bench_program
program=$("$peers/venv/bin/python" -c '
import json, sys
built = [json.loads(line) for line in open(sys.argv[1]) if line.startswith("{")]
print(*(m["executable"] for m in built if m.get("executable") and m["target"]["name"] == "network"))' "$peers/build.json")
loud 'native' "$peers/venv/bin/python" benches/peers/native.py --program "$program" --model models/emoji64 \
  --folder "$peers/work" --out "$peers/native.json" "$@"
echo "every time: $peers/native.json"
finish

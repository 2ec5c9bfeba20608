#!/usr/bin/env bash
# scripts/features.sh PICTURES --out FILE.safetensors [--gaussian N]: features of pictures in a public network, which
# `soda eval frechet` compares; see docs/evaluation.md. Python and its packages are set up first.
set -euo pipefail
where=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/step.sh
. "$where/scripts/step.sh"
# shellcheck source=scripts/install.sh
. "$where/scripts/install.sh"

venv=$SODA_CACHE/features/venv

python_packages() {
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
  "$venv/bin/pip" install --disable-pip-version-check -r "$where/tools/features/requirements.txt"
}

has python3 || missing 'Python 3.11 or newer' 'apt-get install python3 python3-venv'
step 'Python packages of tools/features' python_packages >&2
exec "$venv/bin/python" "$where/tools/features/features.py" "$@"

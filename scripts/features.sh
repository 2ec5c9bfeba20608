#!/usr/bin/env bash
# scripts/features.sh PICTURES --out FILE.safetensors [--gaussian N]: features of pictures in a public network, which
# `soda eval frechet` compares; see docs/evaluation.md. Python and its packages are set up first.
set -euo pipefail
where=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/step.sh
. "$where/scripts/step.sh"
# shellcheck source=scripts/install.sh
. "$where/scripts/install.sh"
# shellcheck source=scripts/python.sh
. "$where/scripts/python.sh"

setup_features
exec "$features_python" "$where/tools/features/features.py" "$@"

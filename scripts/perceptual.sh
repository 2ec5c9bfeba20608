#!/usr/bin/env bash
# scripts/perceptual.sh FOLDER [--out FILE.json]: a perceptual distance, in features of a public network, of the pictures that `soda eval
# reconstruct --pictures FOLDER` and `soda eval interpolate --pictures FOLDER` wrote; see docs/evaluation.md.
set -euo pipefail
where=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/step.sh
. "$where/scripts/step.sh"
# shellcheck source=scripts/install.sh
. "$where/scripts/install.sh"
# shellcheck source=scripts/python.sh
. "$where/scripts/python.sh"

setup_features
exec "$features_python" "$where/tools/features/perceptual.py" "$@"

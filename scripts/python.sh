# shellcheck shell=bash
# Sourced. `setup_python NAME` sets up Python with the packages of tools/NAME; `$python` is its program then.
# `setup_features` does so for tools/features, as `$features_python`.

_python_packages() {
  [ -x "$python" ] || python3 -m venv "$SODA_CACHE/$1/venv"
  "${python%/*}/pip" install --disable-pip-version-check -r "$where/tools/$1/requirements.txt"
}

setup_python() {
  has python3 || missing 'Python 3.11 or newer' 'apt-get install python3 python3-venv'
  python=$SODA_CACHE/$1/venv/bin/python
  step "Python packages of tools/$1" _python_packages "$1" >&2
}

setup_features() {
  setup_python features
  # shellcheck disable=SC2034 # for who sources this
  features_python=$python
}

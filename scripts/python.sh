# shellcheck shell=bash
# Sourced. `setup_features` sets up Python with the packages of tools/features; `$features_python` is its program.

_features=$SODA_CACHE/features/venv
# shellcheck disable=SC2034 # for who sources this
features_python=$_features/bin/python

_python_packages() {
  [ -x "$_features/bin/python" ] || python3 -m venv "$_features"
  "$_features/bin/pip" install --disable-pip-version-check -r "$where/tools/features/requirements.txt"
}

setup_features() {
  has python3 || missing 'Python 3.11 or newer' 'apt-get install python3 python3-venv'
  step 'Python packages of tools/features' _python_packages >&2
}

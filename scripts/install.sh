# shellcheck shell=bash
# Sourced. Installing system packages: Debian and its children by apt, everybody else is told the command.

has() { command -v "$1" >/dev/null 2>&1; }

on_debian() { has apt-get; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif has sudo; then
    sudo "$@"
  else
    printf 'this must run as root: %s\n' "$*" >&2
    return 1
  fi
}

# The package lists are fetched once a run, and only if something has to be installed.
apt_lists_fresh=''
apt_install() {
  if [ -z "$apt_lists_fresh" ]; then
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
    apt_lists_fresh=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"
}

# at_least FOUND WANTED: is version FOUND (like 20.19.3) as new as WANTED?
at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$2" ]
}

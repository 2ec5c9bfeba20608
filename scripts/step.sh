# shellcheck shell=bash
# Sourced first by every script here. A step is a name, a command and the time it took:
#   step NAME COMMAND…    the command's output goes to a log, shown only if it fails; a failure ends the script
#   setup NAME FUNCTION   the same, but in this shell, so that the function can set variables and say things
#   loud NAME COMMAND…    the command's output is shown as it comes (tests); failures are counted
#   finish                prints the total, and fails if a loud step did
#   missing WHAT REMEDY…  says what is not there and the command that installs it, and ends the script

set -euo pipefail

# Everything the scripts keep outside the checkout: a fresh clone on the same machine finds it again.
SODA_CACHE=${SODA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/soda}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$SODA_CACHE/target}
mkdir -p "$SODA_CACHE/logs"

missing() {
  printf '\nsoda: %s is missing. To install it:\n' "$1" >&2
  shift
  printf '    %s\n' "$@" >&2
  exit 1
}

_took() { printf '  %-48s %5s s\n' "$1" "$((SECONDS - $2))"; }

# A line that is redrawn every second while a long step runs, on a terminal only.
_tick() {
  while sleep 1 && kill -0 "$$" 2>/dev/null; do
    printf '\r\033[K  %s … %s s  \033[2m%.50s\033[0m' "$1" "$((SECONDS - $3))" "$(tail -n 1 "$2" | tr -dc '[:print:]')"
  done
}

step() {
  local name=$1 began=$SECONDS status ticker='' log
  shift
  log=$SODA_CACHE/logs/$(printf '%s' "$name" | tr -c 'A-Za-z0-9\n' -).log
  : >"$log"
  if [ -t 1 ]; then
    _tick "$name" "$log" "$began" &
    ticker=$!
  fi
  # Not `"$@" || status=$?`: that would switch `set -e` off inside the command.
  set +e
  ( set -e; "$@" ) >"$log" 2>&1 </dev/null
  status=$?
  set -e
  if [ -n "$ticker" ]; then
    { kill "$ticker" && wait "$ticker"; } 2>/dev/null || true
    printf '\r\033[K'
  fi
  if [ "$status" -ne 0 ]; then
    printf '  %s FAILED after %s s:\n' "$name" "$((SECONDS - began))" >&2
    { head -n 15 "$log"; echo …; tail -n 40 "$log"; } | sed 's/^/    /' >&2
    printf '  the whole log: %s\n' "$log" >&2
    exit "$status"
  fi
  _took "$name" "$began"
}

setup() {
  local name=$1 began=$SECONDS
  shift
  "$@"
  _took "$name" "$began"
}

loud_failures=''
loud() {
  local name=$1 began=$SECONDS status
  shift
  printf '\n== %s\n' "$name"
  set +e
  ( set -e; "$@" )
  status=$?
  set -e
  if [ "$status" -ne 0 ]; then
    loud_failures="$loud_failures [$name]"
    name="$name: FAILED"
  fi
  _took "$name" "$began"
}

finish() {
  _took total 0
  [ -z "$loud_failures" ] && return
  printf 'soda: failed:%s\n' "$loud_failures" >&2
  exit 1
}

# One hash for the names and contents of all files under the given paths. Git is always here; contents, not
# modification times, so that a fresh clone has the hash of the old one.
hash_of() {
  local files
  files=$(find "$@" -type f ! -path '*/node_modules/*' ! -path '*/target/*' | LC_ALL=C sort)
  { printf '%s\n' "$files"; printf '%s\n' "$files" | git hash-object --no-filters --stdin-paths; } |
    git hash-object --stdin
}

# shellcheck shell=bash
# Sourced. Finds or installs the Firefox that `npm run test:firefox` drives, and exports its path as SODA_FIREFOX. Where
# there is none, those tests are skipped with the reason.

_find_firefox() {
  local candidate
  for candidate in firefox-esr firefox /Applications/Firefox.app/Contents/MacOS/firefox; do
    if has "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

setup_firefox() {
  [ -n "${SODA_FIREFOX:-}" ] || SODA_FIREFOX=$(_find_firefox) || {
    if on_debian; then apt_install firefox-esr >"$SODA_CACHE/logs/firefox.log" 2>&1 </dev/null || true; fi
    SODA_FIREFOX=$(_find_firefox) || SODA_FIREFOX=''
  }
  [ -n "$SODA_FIREFOX" ] || echo 'Firefox is not there: its tests are left out (apt-get install firefox-esr, or set SODA_FIREFOX)'
  export SODA_FIREFOX
}

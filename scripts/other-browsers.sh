# shellcheck shell=bash
# Sourced. Finds or installs the browsers that `npm run test:other-browsers` drives, and exports where they are:
# SODA_FIREFOX, and SODA_WEBKIT, WebKitGTK's MiniBrowser, which needs WebKitWebDriver and Xvfb. Where there is none, its
# tests are skipped with the reason.

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

_find_webkit() {
  local candidate
  has WebKitWebDriver && has Xvfb || return 1
  for candidate in /usr/lib/*/webkit2gtk-4.*/MiniBrowser /usr/libexec/webkit2gtk-4.*/MiniBrowser; do
    if [ -x "$candidate" ]; then
      echo "$candidate"
      return
    fi
  done
  return 1
}

# _setup_browser VARIABLE FIND PACKAGE…
_setup_browser() {
  local variable=$1 find=$2 found
  shift 2
  found=${!variable:-}
  [ -n "$found" ] || found=$("$find") || {
    if on_debian; then apt_install "$@" >"$SODA_CACHE/logs/$1.log" 2>&1 </dev/null || true; fi
    found=$("$find") || echo "$1 is not there: its tests are left out (apt-get install $*)"
  }
  printf -v "$variable" %s "$found"
  export "${variable?}"
}

setup_other_browsers() {
  _setup_browser SODA_FIREFOX _find_firefox firefox-esr
  _setup_browser SODA_WEBKIT _find_webkit webkit2gtk-driver xvfb
}

# shellcheck shell=bash
# Sourced. Finds or installs the browser that the browser tests drive, and exports its path as SODA_CHROMIUM.

_find_chromium() {
  local candidate
  for candidate in chromium chromium-browser google-chrome google-chrome-stable \
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' \
    '/Applications/Chromium.app/Contents/MacOS/Chromium'; do
    if has "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

setup_chromium() {
  [ -n "${SODA_CHROMIUM:-}" ] || SODA_CHROMIUM=$(_find_chromium) || {
    if on_debian; then apt_install chromium >"$SODA_CACHE/logs/chromium.log" 2>&1 </dev/null || true; fi
    SODA_CHROMIUM=$(_find_chromium) || missing 'Chromium' 'apt-get install chromium     # Debian' \
      'brew install --cask google-chrome     # macOS' 'or set SODA_CHROMIUM to the path of a Chrome or Chromium'
  }
  export SODA_CHROMIUM
}

# shellcheck shell=bash
# Sourced. Finds or installs Node.js, which builds and serves the page.

node_wanted=20.19.0 # what Vite asks for

_node_ready() {
  has node && has npm && at_least "$(node --version | tr -d v)" "$node_wanted"
}

# Debian 12 has Node.js 18. Its npm is good enough to fetch a newer node, which npm packages as well, and an npm to match.
_node_from_npm() {
  has npm || apt_install nodejs npm
  npm install --no-audit --no-fund --prefix "$SODA_CACHE/node" "node@22" "npm@10"
}

setup_node() {
  _node_ready && return
  PATH=$SODA_CACHE/node/node_modules/.bin:$PATH
  _node_ready && return
  if on_debian; then
    printf '  Node.js: Debian package npm, and from npm the packages node and npm\n'
    _node_from_npm >"$SODA_CACHE/logs/node.log" 2>&1 </dev/null || cat "$SODA_CACHE/logs/node.log" >&2
  fi
  hash -r
  _node_ready || missing "Node.js $node_wanted or newer" \
    'apt-get install nodejs     # Debian 13 and later' 'brew install node     # macOS' 'or see https://nodejs.org'
}

# `npm ci` empties node_modules first, so the stamp in there says which lock file it was filled from.
npm_ci() {
  local wanted
  wanted=$(hash_of "$1/package-lock.json")
  [ "$(cat "$1/node_modules/.soda-lock" 2>/dev/null)" = "$wanted" ] && return
  npm ci --prefix "$1" --no-audit --no-fund --prefer-offline
  printf '%s\n' "$wanted" >"$1/node_modules/.soda-lock"
}

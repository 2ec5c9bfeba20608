# shellcheck shell=bash
# Sourced. Finds or installs Rust, and gives two commands: `native_cargo` and `wasm_cargo`.
#
# Two ways, tried in this order; SODA_RUST=rustup or SODA_RUST=debian takes only that one:
#   rustup  the installed toolchain, with the wasm32 target that rustup downloads
#   debian  the Rust that Debian's security team keeps new enough for browsers (packages rustc-web and so on). It has
#           no wasm32 standard library: cargo builds that from the packaged sources.
# Where rustup is there but cannot download the target, native builds use rustup and wasm builds use Debian.

rust_wanted=1.95.0
debian_rust=(rustc-web cargo-web rust-web-src rust-web-llvm lld-22)
wasm_target=wasm32-unknown-unknown
native_way=''
wasm_way=''

rust_version() { "$@" --version 2>/dev/null | sed 's/^rustc \([0-9.]*\).*/\1/'; }

_rustup_ready() {
  at_least "$(rust_version rustc)" "$rust_wanted" && return
  echo "the active Rust is $(rust_version rustc), at least $rust_wanted is wanted: trying stable"
  at_least "$(RUSTUP_TOOLCHAIN=stable rust_version rustc)" "$rust_wanted" || rustup toolchain install stable --profile minimal
}

_wasm_target_ready() {
  rustup target list --installed | grep -qx "$wasm_target" || rustup target add "$wasm_target"
}

_debian_rust_ready() {
  [ -x /usr/bin/cargo ] && [ -x /usr/bin/rust-lld ] && at_least "$(rust_version /usr/bin/rustc)" "$rust_wanted" &&
    [ -f "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library/Cargo.lock" ]
}

_debian_rust_install() {
  _debian_rust_ready || apt_install "${debian_rust[@]}"
  _debian_rust_ready || { echo "Debian's rustc-web is too old here, or its sources are not where they should be"; return 1; }
}

# try NAME COMMAND…: a step that may fail; what it said is in the log.
_try() {
  local log=$SODA_CACHE/logs/rust.log
  echo "== $1" >>"$log"
  shift
  "$@" >>"$log" 2>&1 </dev/null
}

setup_rust() {
  local way=${SODA_RUST:-}
  : >"$SODA_CACHE/logs/rust.log"
  [ -d "$HOME/.cargo/bin" ] && PATH=$HOME/.cargo/bin:$PATH
  if [ "$way" != debian ] && has rustup && _try 'rustup' _rustup_ready; then
    at_least "$(rust_version rustc)" "$rust_wanted" || export RUSTUP_TOOLCHAIN=stable
    native_way=rustup
    _try "rustup target add $wasm_target" _wasm_target_ready && wasm_way=rustup
  fi
  if [ -z "$wasm_way" ] && [ "$way" != rustup ] && on_debian; then
    printf '  Rust for WebAssembly: from Debian (%s)\n' "${debian_rust[*]}"
    _try "apt-get install ${debian_rust[*]}" _debian_rust_install && wasm_way=debian
    native_way=${native_way:-$wasm_way}
  fi
  if [ -z "$wasm_way" ]; then
    cat "$SODA_CACHE/logs/rust.log" >&2
    missing "Rust $rust_wanted with the target $wasm_target" \
      "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh     # or see https://rustup.rs" \
      "rustup target add $wasm_target"
  fi
  # Build scripts and procedural macros are linked with the system's C compiler.
  has cc || { on_debian && _try 'apt-get install gcc' apt_install gcc libc6-dev; } ||
    missing 'a C compiler (cc)' 'apt-get install gcc libc6-dev     # Debian' 'xcode-select --install     # macOS'
}

# Cargo goes by modification times and takes two checkouts that share a target directory for one and the same crate:
# without this, what was built from another clone could pass for a build of this one.
_own_sources() {
  local stamp=$CARGO_TARGET_DIR/.soda-checkout
  [ "$(cat "$stamp" 2>/dev/null)" = "$PWD" ] && return
  find . '(' -name node_modules -o -name target ')' -prune -o -name '*.rs' -exec touch {} +
  # These packages have their sources above them, and Cargo keeps their absolute places: it would look at the other clone's.
  rm -rf "$CARGO_TARGET_DIR"/{,debian/}"$wasm_target"/release/.fingerprint/soda-{morph,sound,recognition}-*
  mkdir -p "$CARGO_TARGET_DIR"
  printf '%s\n' "$PWD" >"$stamp"
}

# The two compilers get a target directory each: they would otherwise throw away one another's work.
_debian_cargo() {
  CARGO_TARGET_DIR=$(target_dir debian) RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc /usr/bin/cargo "$@"
}

target_dir() {
  if [ "$1" = debian ]; then echo "$CARGO_TARGET_DIR/debian"; else echo "$CARGO_TARGET_DIR"; fi
}

native_cargo() {
  _own_sources
  if [ "$native_way" = debian ]; then _debian_cargo "$@"; else cargo "$@"; fi
}

# wasm_cargo COMMAND ARGUMENTS…; the flags of the target are in .cargo/config.toml, which RUSTFLAGS would override.
wasm_cargo() {
  _own_sources
  local command=$1
  shift
  unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
  if [ "$wasm_way" = debian ]; then
    # -Zbuild-std is not stable: RUSTC_BOOTSTRAP lets a stable compiler do it.
    RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=rust-lld \
      _debian_cargo "$command" -Zbuild-std=std,panic_abort --target "$wasm_target" "$@"
  else
    cargo "$command" --target "$wasm_target" "$@"
  fi
}

rust_summary() {
  if [ "$1" = debian ]; then /usr/bin/rustc --version; else rustc --version; fi
}

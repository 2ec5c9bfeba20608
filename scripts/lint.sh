#!/usr/bin/env bash
# make lint: formatting and lints of the Rust, the TypeScript and these scripts.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh
. scripts/node.sh
. scripts/mpi.sh

setup 'Node.js' setup_node
setup 'Rust' setup_rust
step 'npm packages' npm_ci .
if native_cargo fmt --version >/dev/null 2>&1; then
  loud 'cargo fmt' native_cargo fmt --check
else
  echo 'cargo fmt is left out: rustup component add rustfmt, or apt-get install rustfmt-web'
fi
if native_cargo clippy --version >/dev/null 2>&1; then
  loud 'clippy' native_cargo clippy --release --locked --all-targets -- -D warnings
  if _mpi_ready; then
    loud 'clippy with MPI' native_cargo clippy --release --locked --all-targets --features mpi -- -D warnings
  else
    echo 'clippy with MPI is left out: scripts/mpi.sh'
  fi
  loud 'clippy for the web, cpu' wasm_cargo clippy --lib --locked --profile web --no-default-features --features web,flex -- -D warnings
  for package in morph sound recognition; do
    loud "clippy for the web, $package" wasm_cargo clippy --locked --release --manifest-path "wasm/$package/Cargo.toml" -- -D warnings
  done
  loud 'clippy for the web, webgpu' wasm_cargo clippy --lib --locked --profile web --no-default-features --features web,webgpu -- -D warnings
else
  echo 'clippy is left out: rustup component add clippy'
fi
loud 'formatting of the rest' npm run --silent format:check
loud 'imports go one way' node tools/lint/imports.mjs
loud 'styles keep to their panel' node tools/lint/styles.mjs
loud 'types' npm run --silent typecheck
loud 'eslint' npm run --silent lint
if has shellcheck; then
  # shellcheck disable=SC2046 # one word a file
  loud 'shellcheck' shellcheck -xa $(grep -l '^#!' scripts/*.sh) tests/mpi/two-hosts.sh .ci/run
else
  echo 'shellcheck is left out: apt-get install shellcheck'
fi
finish

#!/usr/bin/env bash
# make test-wgpu: the native tests with the wgpu backend, on whatever Vulkan or Metal driver is there.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh

_vulkan_drivers() { find /usr/share/vulkan/icd.d /etc/vulkan/icd.d "$HOME/.local/share/vulkan/icd.d" -name '*.json' 2>/dev/null; }

if [ "$(uname)" != Darwin ] && [ -z "$(_vulkan_drivers)" ] && [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ]; then
  echo 'The tests on wgpu are left out: there is no Vulkan driver.'
  echo 'A software one: apt-get install mesa-vulkan-drivers'
  exit 0
fi
setup 'Rust' setup_rust
step 'native tests on wgpu, compiling' native_cargo test --release --locked --features wgpu --no-run
loud 'native tests on wgpu' native_cargo test --release --locked --features wgpu
finish

#!/usr/bin/env bash
# Run or sourced. Finds or installs what the feature `mpi` is built with: an MPI library with its launcher, and libclang,
# which reads the library's header. Sourced it gives `setup_mpi`, which fails where they are not there and cannot be installed.

# Open MPI by the names of Debian's packages; MPICH works too (libmpich-dev mpich).
debian_mpi=(libopenmpi-dev openmpi-bin libclang-14-dev)

# libclang from LIBCLANG_PATH, the loader's list, or where Debian has it.
_libclang() {
  [ -n "${LIBCLANG_PATH:-}" ] && return
  { ldconfig -p 2>/dev/null | grep -q 'libclang[-.0-9]*\.so'; } ||
    compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' | grep -qv 'libclang-cpp'
}

_mpi_ready() { has mpicc && has mpirun && _libclang; }

setup_mpi() {
  _mpi_ready && return
  if on_debian; then
    printf '  MPI: from Debian (%s)\n' "${debian_mpi[*]}"
    apt_install "${debian_mpi[@]}" >"$SODA_CACHE/logs/mpi.log" 2>&1 </dev/null || true
  fi
  _mpi_ready
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  cd "$(dirname "$0")/.." || exit 1
  . scripts/step.sh
  . scripts/install.sh
  setup_mpi || missing 'MPI (mpicc, mpirun) or libclang' "apt-get install ${debian_mpi[*]}     # Debian" \
    'brew install open-mpi llvm     # macOS; set LIBCLANG_PATH to its lib folder'
  mpirun --version | head -n 1
fi

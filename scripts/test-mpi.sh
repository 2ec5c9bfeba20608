#!/usr/bin/env bash
# make test-mpi: trainings over MPI, in two processes and on two hosts that are network namespaces.
cd "$(dirname "$0")/.." || exit 1
. scripts/step.sh
. scripts/install.sh
. scripts/rust.sh
. scripts/mpi.sh

if ! setup_mpi; then
  echo 'The tests over MPI are left out: there is no MPI with its launcher, or no libclang, and they could not be installed.'
  echo "To install them: apt-get install ${debian_mpi[*]}"
  exit 0
fi
setup 'Rust' setup_rust
over_mpi=(test --release --locked --features mpi --test model)
step 'native tests with MPI, compiling' native_cargo "${over_mpi[@]}" --no-run
loud 'two processes' native_cargo "${over_mpi[@]}" mpi:: -- --nocapture

if reason=$(tests/mpi/two-hosts.sh up 2>&1); then
  trap 'tests/mpi/two-hosts.sh down' EXIT
  SODA_MPIRUN=$(tests/mpi/two-hosts.sh launcher)
  export SODA_MPIRUN
  loud 'two hosts' native_cargo "${over_mpi[@]}" mpi:: -- --nocapture
else
  echo "The tests on two hosts are left out: $reason"
fi
finish

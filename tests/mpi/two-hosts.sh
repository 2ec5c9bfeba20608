#!/usr/bin/env bash
# Two hosts on one machine, for tests: namespaces for network and host name, joined by a pair of virtual network cards.
# Files and processes are shared, as on hosts with one file system. Needs root.
#
#   two-hosts.sh up         makes them; where that cannot be done, says why and fails
#   two-hosts.sh launcher   prints a mpirun of two ranks, one on each, to put before a command
#   two-hosts.sh down       removes them
#   two-hosts.sh ADDRESS COMMAND…   runs a command on one of them: what mpirun calls in the place of ssh
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
name=${SODA_HOSTS:-soda}
first=10.77.0.1
second=10.77.0.2
host() { echo "$name-${1//./-}"; }

down() {
  ip netns del "$(host "$first")" 2>/dev/null || true
  ip netns del "$(host "$second")" 2>/dev/null || true
}

up() {
  [ "$(id -u)" -eq 0 ] || { echo 'namespaces need root'; exit 1; }
  for tool in ip nsenter unshare mpirun; do
    command -v "$tool" >/dev/null || { echo "$tool is missing (apt-get install iproute2 util-linux openmpi-bin)"; exit 1; }
  done
  mpirun --version | grep -q 'Open MPI' || { echo 'the options here are of Open MPI'; exit 1; }
  down
  trap down ERR
  ip netns add "$(host "$first")"
  ip netns add "$(host "$second")"
  ip -n "$(host "$first")" link add veth0 type veth peer name veth0 netns "$(host "$second")"
  for address in "$first" "$second"; do
    ip -n "$(host "$address")" addr add "$address/24" dev veth0
    ip -n "$(host "$address")" link set veth0 up
    ip -n "$(host "$address")" link set lo up
  done
  trap - ERR
}

case ${1:-} in
  up) up ;;
  down) down ;;
  launcher)
    echo "$here/two-hosts.sh $first mpirun -n 2 --host $first:1,$second:1 --bind-to none" \
      "--mca plm_rsh_agent $here/two-hosts.sh --mca btl tcp,self" \
      "--mca btl_tcp_if_include 10.77.0.0/24 --mca oob_tcp_if_include 10.77.0.0/24"
    ;;
  "$first" | "$second")
    there=$(host "$1")
    shift
    # With one host name Open MPI would take the two for one host, and shared memory.
    # shellcheck disable=SC2016 # the inner shells expand them
    exec nsenter --net="/run/netns/$there" unshare --uts sh -c 'hostname "$0"; exec sh -c "$*"' "$there" "$@"
    ;;
  *)
    sed -n '5,8s/^# *//p' "$0"
    # A check that a launcher can be started.
    [ "${1:-}" = --version ]
    ;;
esac

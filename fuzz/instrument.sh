#!/bin/sh
# Cargo's RUSTC_WRAPPER: $1 is the compiler. What Cargo.toml gives checked sums, which is what parses strangers' files
# and the targets, is built with the branch counters that lead libFuzzer; the networks under them as ever, which takes
# minutes instead of an hour.
case " $* " in
  *' debug-assertions=on '*)
    set -- "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
      -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
      -Cllvm-args=-sanitizer-coverage-trace-compares -Clink-dead-code
    ;;
esac
exec "$@"

#!/bin/sh
# Cargo's RUSTC_WRAPPER: $1 is the compiler. Crates that parse what strangers wrote, and the targets, are built with
# the branch counters that lead libFuzzer; the networks under them as ever, which takes minutes instead of an hour.
for argument; do
  [ "${before:-}" = --crate-name ] && crate=$argument
  before=$argument
done
case ${crate:-} in
  soda | flate2 | gif | image | image_webp | jpeg_decoder | moxcms | png | qoi | tar | tiff | weezl | zune_jpeg | \
    config | weights | idx | cifar | picture | phases | paths | curves)
    set -- "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
      -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
      -Cllvm-args=-sanitizer-coverage-trace-compares -Clink-dead-code
    ;;
esac
exec "$@"

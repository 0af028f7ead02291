#!/bin/sh
# check.sh PROGRAM PRINTERS: gdb, with the printers, prints what the program has as the table below says
set -eu
program=$1
printers=$2
shown=$(mktemp)
trap 'rm -f "$shown"' EXIT

# An expression, and what is printed of it.
table='
bus|tincan::Bus of 3 = {main = open, 1 waits, window = open, gone = closed}
main|tincan::Main '"'main'"', open, 1 waits
window|tincan::Renderer '"'window'"', open
gone|tincan::Renderer '"'gone'"', closed
peer|tincan::Peer '"'window'"', open
nobody|tincan::Peer of nobody
channel|"a channel"
number|tincan::Value of int: 42
nothing|tincan::Value of nothing
ready|tincan::Future for '"'ask'"' of '"'main'"', ready
waits|tincan::Future for '"'ask'"' of '"'main'"', waits
none|tincan::Future of nothing
'
set -- -nx -batch -ex "source $printers" -ex 'break stopHere' -ex run -ex up
for expression in $(printf '%s' "$table" | cut -d '|' -f 1); do
  set -- "$@" -ex "printf \"$expression|\"" -ex "output $expression" -ex 'printf "\n"'
done
gdb "$@" -ex 'printf "text|"' -ex 'output text' -ex 'printf "\npoint|"' -ex 'output point' \
  -ex 'printf "\n"' "$program" > "$shown" 2>&1 || true

failed=0
printf '%s' "$table" | sed '/^$/d' | while IFS= read -r line; do
  grep -qxF "$line" "$shown" || { printf 'gdb does not print: %s\n' "$line"; exit 1; }
done || failed=1
grep -q '^text|tincan::Value of std::string: "a text"' "$shown" || failed=1
grep -q '^point|tincan::Value of .*Point: {x = 1, y = 2}$' "$shown" || failed=1
[ "$failed" -eq 0 ] || cat "$shown"
exit "$failed"

#!/bin/sh
# Instructions per operation, counted by callgrind, against the committed baseline: fails at +10 %.
#   usage: check.sh PROGRAM COMPILER [--update]
#   PROGRAM       built from count.cpp, optimised
#   COMPILER      the baseline holds for one compiler; with another one this is skipped (status 77)
#   --update      writes the baseline instead
set -eu
here=$(cd "$(dirname "$0")" && pwd)
baseline=$here/baseline.txt
times=3200
program=$1
compiler=$2
update=${3:-}

command -v valgrind > /dev/null || {
  echo 'skipped: valgrind is not installed'
  exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# count <operation>: instructions for one
count() {
  valgrind --tool=callgrind --collect-atstart=no --callgrind-out-file=/dev/null \
    "$program" "$1" "$times" > "$work/log" 2>&1 || {
    cat "$work/log" >&2
    exit 1
  }
  sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$work/log" |
    awk -v times="$times" '{ printf "%d", $1 / times + 0.5 }'
}

if [ "$update" = --update ]; then
  {
    echo "# Instructions per operation, see count.cpp. Written by check.sh --update."
    echo "compiler $compiler"
    for operation in send poll listener idlePoll request invoke sendSync wakingSend \
      sendLatest latest post call after every onAny method; do
      echo "$operation $(count "$operation")"
    done
  } > "$work/baseline"
  mv "$work/baseline" "$baseline"
  cat "$baseline"
  exit 0
fi

if ! grep -qx "compiler $compiler" "$baseline"; then
  echo "skipped: the baseline is for $(sed -n 's/^compiler //p' "$baseline"), this is $compiler"
  exit 77
fi
status=0
while read -r operation expected; do
  case $operation in '#' | compiler | '') continue ;; esac
  got=$(count "$operation")
  if [ "${got:-0}" -eq 0 ]; then
    echo "$operation: nothing was counted"
    exit 1
  fi
  verdict=fine
  if [ $((got * 10)) -gt $((expected * 11)) ]; then
    verdict='TOO MANY: more than 10 % above the baseline'
    status=1
  fi
  printf '%-10s %5d instructions, baseline %5d: %s\n' "$operation" "$got" "$expected" "$verdict"
done < "$baseline"
exit $status

#!/bin/sh
# The one header: two files of a program include it and nothing else of tincan; beside the folder it is refused.
#   usage: check.sh <folder of the headers> <compiler>
set -eu
here=$(cd "$(dirname "$0")" && pwd)
include=$1
compiler=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sh "$here/amalgamate.sh" "$include" "$work/tincan.hpp"
for unit in one two; do
  sed 's|<tincan/tincan.hpp>|"tincan.hpp"|' "$here/../umbrella/$unit.cpp" > "$work/$unit.cpp"
done
cd "$work"
"$compiler" -std=c++20 -O0 -pthread -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror one.cpp two.cpp -o program
./program

# refused <what it says> <line of the program> ...
refused() {
  sentence=$1
  shift
  printf '%s\n' "$@" > both.cpp
  if "$compiler" -std=c++20 -fsyntax-only -I "$include" both.cpp > both.log 2>&1; then
    echo 'the one header is taken beside headers of the folder' >&2
    exit 1
  fi
  grep -q "$sentence" both.log || { cat both.log >&2; exit 1; }
}
refused 'of which this header is all' '#include <tincan/tincan.hpp>' '#include "tincan.hpp"'
refused 'take the folder instead' '#include "tincan.hpp"' '#include <tincan/error.hpp>'

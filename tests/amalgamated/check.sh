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

printf '#include <tincan/error.hpp>\n#include <tincan/version.hpp>\n#include "tincan.hpp"\n' > both.cpp
if "$compiler" -std=c++20 -fsyntax-only -I "$include" both.cpp > both.log 2>&1; then
  echo 'the one header is taken beside headers of the folder' >&2
  exit 1
fi
grep -q 'of which this header is all' both.log || { cat both.log >&2; exit 1; }

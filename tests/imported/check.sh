#!/bin/sh
# The module: it exports what fwd.hpp declares, and a program that imports it runs.
#   usage: check.sh <folder of the headers> <a clang that knows modules>
set -eu
here=$(cd "$(dirname "$0")" && pwd)
include=$1
compiler=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The kit, in its own namespace in fwd.hpp, is no part of the module; `version` is a constant.
sed '/^namespace testing/,$d' "$include/tincan/fwd.hpp" |
  sed -n 's/^\(class\|struct\|enum\|enum class\) \([A-Za-z]*\);$/\2/p' | sort > "$work/declared"
sed -n 's/^using tincan::\([A-Za-z]*\);$/\1/p' "$include/tincan/tincan.cppm" | grep -vx version |
  sort > "$work/exported"
if ! diff "$work/declared" "$work/exported" > "$work/difference"; then
  echo "tincan/fwd.hpp (<) and tincan/tincan.cppm (>) have other names:" >&2
  cat "$work/difference" >&2
  exit 1
fi

cd "$work"
set -- -std=c++20 -pthread -Wall -Wextra -Werror
"$compiler" "$@" -I "$include" -x c++-module --precompile "$include/tincan/tincan.cppm" -o tincan.pcm
"$compiler" "$@" -c tincan.pcm -o tincan.o
"$compiler" "$@" -fmodule-file=tincan=tincan.pcm "$here/main.cpp" tincan.o -o main
[ "$(./main)" = '1 4 7' ] || { echo 'the program that imports tincan has another result' >&2; exit 1; }

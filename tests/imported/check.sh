#!/bin/sh
# The module: it exports what fwd.hpp declares, and a program that imports it runs.
#   usage: check.sh <folder of the headers> <a clang that knows modules>
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/compiling.sh
. "$here/../compiling.sh"

# The kit, in its own namespace in fwd.hpp, is no part of the module; `version` is a constant,
# StopToken another name, and there are three functions.
sed '/^namespace testing/,$d' "$include/tincan/fwd.hpp" |
  sed -n 's/^\(class\|struct\|enum\|enum class\) \([A-Za-z]*\);$/\2/p' | sort > declared
sed -n 's/^using tincan::\([A-Za-z]*\);$/\1/p' "$include/tincan/tincan.cppm" |
  grep -vxE 'version|StopToken|all|any|runAll' | sort > exported
if ! diff declared exported > difference; then
  echo "tincan/fwd.hpp (<) and tincan/tincan.cppm (>) have other names:" >&2
  cat difference >&2
  exit 1
fi

compile -x c++-module --precompile "$include/tincan/tincan.cppm" -o tincan.pcm
compile -Wno-unused-command-line-argument -c tincan.pcm -o tincan.o
include=.
compile -fmodule-file=tincan=tincan.pcm "$here/main.cpp" tincan.o -o main
[ "$(./main)" = '1 4 7' ] || { echo 'the program that imports tincan has another result' >&2; exit 1; }

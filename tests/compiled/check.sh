#!/bin/sh
# The library in a translation unit of its own, without CMake: one file of the program includes
# tincan/impl/src.hpp, all define TINCAN_SEPARATE_COMPILATION. Whoever forgets one of the two is told.
#   usage: check.sh <folder of the headers> <compiler>
set -eu
here=$(cd "$(dirname "$0")" && pwd)
include=$1
compiler=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$work"
cp "$here/../consumer/main.cpp" main.cpp
echo '#include <tincan/impl/src.hpp>' > source.cpp
options="-std=c++20 -O0 -pthread -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
compile() {
  # $options is a list
  # shellcheck disable=SC2086
  "$compiler" $options -I "$include" "$@"
}
separately=-DTINCAN_SEPARATE_COMPILATION

compile $separately -c main.cpp
compile $separately -c source.cpp
compile main.o source.o -o program
[ "$(./program | tr '\n' ' ')" = 'ping pong ping pong ' ] || { echo 'the program says something else' >&2; exit 1; }

# refused <what it says> <arguments of the compiler> ...
refused() {
  sentence=$1
  shift
  if compile "$@" -o program > refused.log 2>&1; then
    echo "nobody says: $sentence" >&2
    exit 1
  fi
  grep -q "$sentence" refused.log || { cat refused.log >&2; exit 1; }
}
refused 'undefined.*tincan' main.o
refused 'define TINCAN_SEPARATE_COMPILATION in all files' source.cpp

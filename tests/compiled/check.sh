#!/bin/sh
# The library in a translation unit of its own, without CMake: one file of the program includes
# tincan/impl/src.hpp, all define TINCAN_SEPARATE_COMPILATION. Whoever forgets one of the two is told.
#   usage: check.sh <folder of the headers> <compiler>
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/compiling.sh
. "$here/../compiling.sh"

cp "$here/../consumer/main.cpp" main.cpp
echo '#include <tincan/impl/src.hpp>' > source.cpp
separately=-DTINCAN_SEPARATE_COMPILATION

compile $separately -c main.cpp
compile $separately -c source.cpp
compile main.o source.o -o program
sh "$here/../consumer/says.sh" ./program

refused 'undefined.*tincan' main.o
refused 'define TINCAN_SEPARATE_COMPILATION in all files' source.cpp

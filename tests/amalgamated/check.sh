#!/bin/sh
# The one header: two files of a program include it and nothing else of tincan; beside the folder it is refused.
#   usage: check.sh <folder of the headers> <compiler>
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/compiling.sh
. "$here/../compiling.sh"

mkdir alone
sh "$here/amalgamate.sh" "$include" alone/tincan.hpp
for unit in one two; do
  sed 's|<tincan/tincan.hpp>|"tincan.hpp"|' "$here/../umbrella/$unit.cpp" > "alone/$unit.cpp"
done
(
  include=alone
  compile alone/one.cpp alone/two.cpp -o program
)
./program

printf '%s\n' '#include <tincan/tincan.hpp>' '#include "tincan.hpp"' > alone/folder_first.cpp
refused 'of which this header is all' -fsyntax-only alone/folder_first.cpp
printf '%s\n' '#include "tincan.hpp"' '#include <tincan/error.hpp>' > alone/folder_second.cpp
refused 'take the folder instead' -fsyntax-only alone/folder_second.cpp

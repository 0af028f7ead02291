#!/bin/sh
# There is one program for each public header, which includes that header and nothing else of tincan. What
# fwd.hpp drags in is small, and the core's headers include no large ones; see base/algorithms.hpp.
#   usage: check.sh <the include folder> <a C++ compiler>
set -eu
here=$(cd "$(dirname "$0")" && pwd)
include=$1
compiler=$2
most_lines=3000
status=0
complain() {
  echo "$1" >&2
  status=1
}

list() { # list <folder> <suffix>: the names below it, without the parts that are not public
  (cd "$1" && find . -name "*$2" ! -path '*/detail/*' ! -path '*/impl/*' | sed "s|^\./||; s|\\$2\$||" | LC_ALL=C sort)
}
for header in $(list "$include/tincan" .hpp); do
  [ -f "$here/$header.cpp" ] || complain "tincan/$header.hpp has no program tests/doors/$header.cpp"
done
for program in $(list "$here" .cpp); do
  if [ ! -f "$include/tincan/$program.hpp" ]; then
    complain "tests/doors/$program.cpp is of no public header"
  elif [ "$(grep -E '^#include (<tincan/|")' "$here/$program.cpp")" != "#include <tincan/$program.hpp>" ]; then
    complain "tests/doors/$program.cpp does not include tincan/$program.hpp alone"
  fi
done

lines=$(echo '#include <tincan/fwd.hpp>' | "$compiler" -std=c++20 -E -I "$include" -x c++ - | wc -l)
[ "$lines" -lt "$most_lines" ] || complain "tincan/fwd.hpp is $lines lines when preprocessed"

core=$(grep -rlE '#include <(algorithm|functional)>' "$include/tincan" |
  grep -vE '/tincan/(testing|loop|debug|detail/trace|detail/loop)/' || true)
[ -z "$core" ] || complain "<algorithm> or <functional> is in $core; see detail/base/algorithms.hpp"
exit $status

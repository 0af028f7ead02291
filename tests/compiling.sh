# shellcheck shell=sh
# tests/compiling.sh - what the checks share that compile programs of their own; to be sourced
#
# Their arguments are the folder of the headers and a compiler. After: the current folder is one to work in,
# which goes away with the shell.
include=$1
compiler=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit

# compile <arguments> ...: with the library's headers, and with all warnings as errors.
compile() {
  "$compiler" -std=c++20 -O0 -pthread -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -I "$include" "$@"
}

# refused <what the compiler or the linker says> <arguments> ...
refused() {
  sentence=$1
  shift
  if compile "$@" -o refused > refused.log 2>&1; then
    echo "nobody says: $sentence" >&2
    exit 1
  fi
  grep -q "$sentence" refused.log || { cat refused.log >&2; exit 1; }
}

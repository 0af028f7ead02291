#!/bin/sh
# The headers have nothing to say to the strictest compilers, nor to clang-tidy.
#   usage: check.sh <the include folder> [g++] [clang++] [clang-tidy]   each may be '' to leave it out
set -eu
include=$1
gcc=${2:-}
clang=${3:-}
tidy=${4:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# Those of a loop or of std::format only where what they are for is there.
needed_by() {
  case $1 in
    loop/asio) echo asio.hpp ;;
    loop/boost_asio) echo 'is the other one, and one file cannot have both' ;;
    loop/execution) echo stdexec/execution.hpp ;;
    loop/epoll) echo sys/epoll.h ;;
    loop/glib) echo glib.h ;;
    loop/libuv) echo uv.h ;;
    loop/qt) echo QObject ;;
    loop/sdl) echo SDL.h ;;
    std_format) echo format ;;
    format) echo fmt/format.h ;;
    testing/catch) echo catch2/catch.hpp ;;
    *) echo utility ;;
  esac
}
(cd "$include/tincan" && find . -name '*.hpp' ! -path '*/detail/*' ! -path '*/impl/*' | sed 's|^\./||; s|\.hpp$||' | LC_ALL=C sort) |
  while read -r header; do
    needed=$(needed_by "$header")
    printf '#if __has_include(<%s>)\n#include <tincan/%s.hpp>\n#endif\n' "$needed" "$header"
  done > "$work/all.cpp"
packages='-fPIC'  # which Qt asks for
if command -v pkg-config > /dev/null 2>&1; then
  for package in glib-2.0 sdl2 Qt5Core; do
    packages="$packages $(pkg-config --cflags "$package" 2> /dev/null | sed 's/-I/-isystem /g' || true)"
  done
fi

say() { # say <who> <command...>: it may say nothing
  who=$1
  shift
  if ! "$@" > "$work/said" 2>&1 || [ -s "$work/said" ]; then
    echo "$who:"
    cat "$work/said"
    status=1
  fi
}

# $packages is a list of words, and so are these.
# shellcheck disable=SC2086
if [ -n "$gcc" ]; then
  say "$gcc" "$gcc" -std=c++20 -fsyntax-only -I "$include" $packages -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
    -Weffc++ -Wnon-virtual-dtor -Wsign-conversion -Wuseless-cast -Wdouble-promotion "$work/all.cpp"
fi
# Of -Weverything, without what no C++20 code passes: that older standards know less, and padding. And without
#   ctad-maybe-unsupported    std::lock_guard const lock(mutex)
#   disabled-macro-expansion  glibc's sigaction
#   exit-time-destructors     what a thread keeps ends with it
#   global-constructors       Catch2 is asked because the header is there
#   switch-default            contradicts covered-switch-default
#   unsafe-buffer-usage       queues are made of pointers
#   weak-vtables              a library of headers has no other place for them
older='-Wno-c++98-compat -Wno-c++98-compat-pedantic -Wno-c++20-compat -Wno-pre-c++20-compat -Wno-padded'
# shellcheck disable=SC2086
if [ -n "$clang" ]; then
  say "$clang" "$clang" -std=c++20 -fsyntax-only -I "$include" $packages -Weverything $older \
    -Wno-ctad-maybe-unsupported -Wno-disabled-macro-expansion -Wno-exit-time-destructors -Wno-global-constructors -Wno-switch-default \
    -Wno-unsafe-buffer-usage -Wno-unsafe-buffer-usage-in-container -Wno-weak-vtables "$work/all.cpp"
fi
# shellcheck disable=SC2086
if [ -n "$tidy" ]; then
  if ! "$tidy" --quiet --config-file="$(dirname "$0")/../../.clang-tidy" "$work/all.cpp" -- \
    -std=c++20 -I "$include" $packages > "$work/said" 2> "$work/counts"; then
    echo "$tidy:"
    cat "$work/said"
    status=1
  fi
fi
exit $status

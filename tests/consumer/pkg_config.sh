#!/bin/sh
# The consumer, compiled as pkg-config says, with tincan installed below a folder.
#   usage: pkg_config.sh <folder> <compiler> <folder for programs> <module> ...
set -eu
here=$(cd "$(dirname "$0")" && pwd)
prefix=$1
compiler=$2
programs=$3
shift 3

file=$(find "$prefix" -name tincan.pc)
export PKG_CONFIG_PATH="${file%/*}"
unset PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
version=$(sed -n 's/^#define TINCAN_VERSION .*\/\/ //p' "$here/../../include/tincan/version.hpp")
mkdir -p "$programs"
for module in "$@"; do
  pkg-config --exact-version="$version" "$module"
  # The options are lists of words.
  # shellcheck disable=SC2046
  "$compiler" -std=c++20 -O0 $(pkg-config --cflags "$module") "$here/main.cpp" -o "$programs/$module" \
    $(pkg-config --libs "$module")
  sh "$here/says.sh" "$programs/$module"
done

#!/bin/sh
# Writes one header that is all of tincan/tincan.hpp, to be copied into a project that takes no folder.
#   usage: amalgamate.sh <folder of the headers> <file>
set -eu
include=$1
version=$(sed -n 's/^#define TINCAN_VERSION .*\/\/ //p' "$include/tincan/version.hpp")
awk -v include="$include" -v version="$version" '
  function bring(name,   line, path) {
    if (name in brought) return
    brought[name] = 1
    path = include "/" name
    if ((getline line < path) <= 0) {
      print "amalgamate.sh: no header " path > "/dev/stderr"
      failed = 1
      return
    }
    do {
      if (line ~ /^#pragma once/) continue
      if (line ~ /^#include <tincan\//) {
        sub(/^#include </, "", line)
        sub(/>.*/, "", line)
        bring(line)
      } else {
        print line
      }
    } while ((getline line < path) > 0)
    close(path)
  }
  BEGIN {
    print "// tincan " version " in one header. Made of tincan/tincan.hpp and all that it includes; a program"
    print "// includes either this or headers of that folder."
    print "#pragma once"
    print "#if defined(TINCAN_VERSION)"
    print "#error \"tincan: this file includes headers of the folder tincan/ already, of which this header is all\""
    print "#endif"
    print "#if defined(TINCAN_SEPARATE_COMPILATION)"
    print "#error \"tincan: the one header has all bodies: do not define TINCAN_SEPARATE_COMPILATION\""
    print "#endif"
    bring("tincan/tincan.hpp")
    print "#define TINCAN_AMALGAMATED 1"
    exit failed
  }' > "$2"

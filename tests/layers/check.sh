#!/bin/sh
# Line 1 of each header names it and its layer; includes only point to lower layers. The test kit
# lies above the umbrella, all else below.
#   usage: check.sh <the include folder>
set -eu
cd "$1"
[ -d tincan ] || { echo "no folder tincan in $1" >&2; exit 1; }

# shellcheck disable=SC2016  # awk's dollars
find tincan -name '*.hpp' | LC_ALL=C sort | xargs awk '
  function complain(where, what) { printf "%s: %s\n", where, what; bad = 1 }

  FNR == 1 {
    files[++count] = FILENAME
    if ($0 !~ /^\/\/ tincan\/[a-z0-9_\/]+\.hpp - layer [0-9]+ - [^ ]/)
      complain(FILENAME ":1", "not \"// " FILENAME " - layer <number> - <one clause>\"")
    else if ($2 != FILENAME)
      complain(FILENAME ":1", "names another file, " $2)
    else
      layer[FILENAME] = $5 + 0
  }
  /^[ \t]*#[ \t]*include[ \t]*"/ { complain(FILENAME ":" FNR, "include with <>, from the include folder") }
  /^[ \t]*#[ \t]*include[ \t]*<tincan\// {
    name = $0
    sub(/^[^<]*</, "", name)
    sub(/>.*$/, "", name)
    from[++edges] = FILENAME; line[edges] = FNR; to[edges] = name
  }
  END {
    for (i = 1; i <= edges; i++) {
      where = from[i] ":" line[i]
      if (!(to[i] in layer)) {
        complain(where, to[i] " does not exist or has no layer")
      } else if ((from[i] in layer) && layer[to[i]] >= layer[from[i]]) {
        complain(where, "layer " layer[from[i]] " includes " to[i] " of layer " layer[to[i]])
      }
    }
    top = "tincan/tincan.hpp"
    for (i = 1; i <= count; i++)
      if ((top in layer) && layer[files[i]] > layer[top] && files[i] !~ /^tincan\/testing[.\/]/)
        complain(files[i] ":1", "above the umbrella, which is layer " layer[top])
    if (!bad) printf "%d headers, %d includes, all point down\n", count, edges
    exit bad
  }'

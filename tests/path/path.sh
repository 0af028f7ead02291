#!/bin/sh
# How far a message travels through the headers: for each verb the functions that it enters, in how many
# files they lie, and how often the next one lies in another file than the one before.
#   usage: path.sh [--all]
#   --all   the functions, too
#   CXX     the compiler (default: g++)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=${TINCAN_ROOT:-$(cd "$here/../.." && pwd)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Without a frame of the standard library's in between: only our functions count.
"${CXX:-g++}" -std=c++20 -O0 -g -no-pie -pthread -finstrument-functions \
  -finstrument-functions-exclude-file-list=/usr/,tests/path -I "$root/include" "$here/path.cpp" -o "$work/path"
"$work/path" > "$work/entered"
cut -d' ' -f1 "$work/entered" > "$work/verbs"
# Two lines for each address: the function, and its place as path:line.
cut -d' ' -f2 "$work/entered" | addr2line -e "$work/path" -f -C > "$work/named"
sed -n 'p;n' "$work/named" > "$work/functions"
sed -n 'n;s|.*/include/||;s|:.*||;p' "$work/named" > "$work/files"
[ -z "${1:-}" ] || paste "$work/verbs" "$work/files" "$work/functions"
paste "$work/verbs" "$work/files" | awk '
  {
    if (!($1 in calls)) order[++verbs] = $1
    calls[$1]++
    if (!(($1, $2) in seen)) { seen[$1, $2] = 1; files[$1]++ }
    if ($1 == verb && $2 != file) changes[$1]++
    verb = $1; file = $2
  }
  END {
    printf "%-10s %9s %6s %8s\n", "verb", "functions", "files", "changes"
    for (i = 1; i <= verbs; i++) {
      v = order[i]
      printf "%-10s %9d %6d %8d\n", v, calls[v], files[v], changes[v]
    }
  }'

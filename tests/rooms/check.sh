#!/bin/sh
# Line 1 of each header names it, and none has more than 250 lines. A header includes only what lies in rooms below its own, or in its
# own room, there without a cycle. The rooms, from bottom to top, are in a list. An .ipp file, which has the bodies of a header's
# functions, lies in the room of that header; the two may include each other.
#   usage: check.sh <the include folder> [<the list>, default: order.txt beside this script]
set -eu
order=${2:-$(dirname "$0")/order.txt}
order=$(cd "$(dirname "$order")" && pwd)/$(basename "$order")
cd "$1"
[ -d tincan ] || { echo "no folder tincan in $1" >&2; exit 1; }

# shellcheck disable=SC2016  # awk's dollars
find tincan -name '*.[hi]pp' | LC_ALL=C sort | xargs awk '
  function complain(where, what) { printf "%s: %s\n", where, what; bad = 1 }
  function room_of(file,    folder) {
    sub(/\.ipp$/, ".hpp", file)
    if (file in rank) return file
    folder = file
    sub(/\/[^\/]*$/, "", folder)
    return (folder in rank) ? folder : ""
  }
  function same_noun(body, header) {
    sub(/\.ipp$/, ".hpp", body)
    return body == header
  }
  # Depth first, inside of one room.
  function visit(file,    i) {
    if (state[file] == "left") return
    if (state[file] == "entered") {
      complain(file, "includes itself, by way of others of its room")
      return
    }
    state[file] = "entered"
    for (i = 1; i <= edges; i++) if (from[i] == file && level[i]) visit(to[i])
    state[file] = "left"
  }

  FILENAME == order {
    sub(/#.*/, "")
    if (NF > 0) lines++
    for (i = 1; i <= NF; i++) {
      if ($i in rank) complain(order ":" FNR, $i " is listed twice")
      rank[$i] = lines
    }
    next
  }
  FNR == 1 {
    files[++count] = FILENAME
    if (index($0, "// " FILENAME " - ") != 1 || $4 == "")
      complain(FILENAME ":1", "not \"// " FILENAME " - <one clause>\"")
    room[FILENAME] = room_of(FILENAME)
    if (room[FILENAME] == "") complain(FILENAME, "its folder is not in the list of rooms")
    has_headers[room[FILENAME]] = 1
  }
  FNR == 251 { complain(FILENAME, "has more than 250 lines") }
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
      if (!(to[i] in room)) {
        complain(where, to[i] " does not exist")
      } else if (room[from[i]] != "" && room[to[i]] != "") {
        level[i] = rank[room[from[i]]] == rank[room[to[i]]] && !(from[i] ~ /ipp$/ && same_noun(from[i], to[i]))
        if (rank[room[to[i]]] > rank[room[from[i]]])
          complain(where, room[from[i]] " includes " to[i] ", which lies above it")
      }
    }
    for (i = 1; i <= count; i++) visit(files[i])
    for (name in rank)
      if (!(name in has_headers)) complain(order, name " has no header")
    if (!bad) printf "%d headers, %d includes, all point down\n", count, edges
    exit bad
  }' order="$order" "$order"

#!/bin/sh
# The check of the rooms itself: a good tree passes, each kind of bad tree is refused.
#   usage: self_check.sh <a folder to work in>
set -eu
check=$(cd "$(dirname "$0")" && pwd)/check.sh
work=$1

good_tree() {
  rm -rf "$work"
  mkdir -p "$work/tincan/low" "$work/tincan/high"
  printf '# a list\ntincan/low   # below\n\ntincan/word.hpp tincan/letter.hpp\ntincan/high\n' > "$work/order.txt"
  printf '// tincan/low/stone.hpp - lies below\n' > "$work/tincan/low/stone.hpp"
  printf '// tincan/low/wall.hpp - lies on it\n#include <tincan/low/stone.hpp>\n' > "$work/tincan/low/wall.hpp"
  printf '// tincan/word.hpp - stands alone\n' > "$work/tincan/word.hpp"
  printf '// tincan/letter.hpp - is part of it\n' > "$work/tincan/letter.hpp"
  printf '// tincan/high/roof.hpp - lies above\n#include <tincan/low/wall.hpp>\n' > "$work/tincan/high/roof.hpp"
}
refuse() {  # file, its content, what the check must say
  good_tree
  printf '%b' "$2" > "$work/$1"
  if said=$(sh "$check" "$work" "$work/order.txt"); then
    echo "passed, but should be refused: $2"
    exit 1
  fi
  case $said in
    *"$3"*) ;;
    *) echo "refused for another reason: $said"; exit 1 ;;
  esac
}

good_tree
sh "$check" "$work" "$work/order.txt"
stone=tincan/low/stone.hpp
refuse $stone '#pragma once\n' "not \"// $stone - <one clause>"
refuse $stone '// tincan/low/stone.hpp - \n' 'not "//'
refuse $stone '// tincan/low/stone.hpp: lies below\n' 'not "//'
refuse $stone '// tincan/stone.hpp - lies below\n' 'not "//'
refuse $stone '// tincan/low/stone.hpp - points up\n#include <tincan/high/roof.hpp>\n' 'tincan/low includes tincan/high/roof.hpp, which lies above'
refuse $stone '// tincan/low/stone.hpp - points up\n#include <tincan/word.hpp>\n' 'which lies above'
refuse tincan/word.hpp '// tincan/word.hpp - points up\n#include <tincan/high/roof.hpp>\n' 'which lies above'
refuse $stone '// tincan/low/stone.hpp - goes in a circle\n#include <tincan/low/wall.hpp>\n' 'includes itself'
refuse $stone '// tincan/low/stone.hpp - includes itself\n#include <tincan/low/stone.hpp>\n' 'includes itself'
refuse $stone '// tincan/low/stone.hpp - knows nobody\n#include <tincan/nobody.hpp>\n' 'does not exist'
refuse $stone '// tincan/low/stone.hpp - quotes\n#include "low/wall.hpp"\n' 'include with <>'
refuse $stone "// tincan/low/stone.hpp - is long\n$(printf '%250s' '' | sed 's/ /\\n/g')" 'more than 250 lines'
refuse tincan/nowhere.hpp '// tincan/nowhere.hpp - has no room\n' 'not in the list'
refuse order.txt 'tincan/low tincan/word.hpp tincan/letter.hpp\n' 'not in the list'
refuse order.txt 'tincan/low\ntincan/word.hpp tincan/letter.hpp\ntincan/middle\ntincan/high\n' 'tincan/middle has no header'
refuse order.txt 'tincan/low\ntincan/word.hpp tincan/letter.hpp\ntincan/low tincan/high\n' 'listed twice'

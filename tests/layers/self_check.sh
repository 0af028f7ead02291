#!/bin/sh
# The layer check itself: a good tree passes, each kind of bad tree is refused.
#   usage: self_check.sh <a folder to work in>
set -eu
check=$(cd "$(dirname "$0")" && pwd)/check.sh
work=$1

good_tree() {
  rm -rf "$work"
  mkdir -p "$work/tincan/detail"
  printf '// tincan/detail/low.hpp - layer 1 - lies below\n' > "$work/tincan/detail/low.hpp"
  printf '// tincan/high.hpp - layer 2 - lies above\n#include <tincan/detail/low.hpp>\n' > "$work/tincan/high.hpp"
  printf '// tincan/tincan.hpp - layer 3 - everything\n#include <tincan/high.hpp>\n' > "$work/tincan/tincan.hpp"
}
refuse() {  # file, its content, what the check must say
  good_tree
  printf '%b' "$2" > "$work/$1"
  if said=$(sh "$check" "$work"); then
    echo "passed, but should be refused: $2"
    exit 1
  fi
  case $said in
    *"$3"*) ;;
    *) echo "refused for another reason: $said"; exit 1 ;;
  esac
}

good_tree
sh "$check" "$work"
mkdir "$work/tincan/testing"
printf '// tincan/testing/kit.hpp - layer 30 - lies on top\n#include <tincan/tincan.hpp>\n' > "$work/tincan/testing/kit.hpp"
sh "$check" "$work"
refuse tincan/detail/low.hpp '#pragma once\n' 'not "// tincan/detail/low.hpp - layer'
refuse tincan/detail/low.hpp '// tincan/detail/low.hpp - layer one - lies below\n' 'not "//'
refuse tincan/detail/low.hpp '// tincan/detail/low.hpp - layer 1 - \n' 'not "//'
refuse tincan/detail/low.hpp '// tincan/low.hpp - layer 1 - lies below\n' 'names another file'
refuse tincan/detail/low.hpp '// tincan/detail/low.hpp - layer 2 - lies level\n' 'of layer 2'
refuse tincan/detail/low.hpp '// tincan/detail/low.hpp - layer 1 - points up\n#include <tincan/high.hpp>\n' 'of layer 2'
refuse tincan/high.hpp '// tincan/high.hpp - layer 2 - knows nobody\n#include <tincan/nobody.hpp>\n' 'does not exist'
refuse tincan/high.hpp '// tincan/high.hpp - layer 2 - quotes\n#include "detail/low.hpp"\n' 'include with <>'
refuse tincan/high.hpp '// tincan/high.hpp - layer 4 - lies above all\n' 'above the umbrella'

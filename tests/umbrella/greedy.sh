#!/bin/sh
# Writes GREEDY(name) for each function that the headers declare or call; see greedy.cpp.
#   usage: greedy.sh <the include folder>
set -eu
grep -rhoE --include='*.[hi]pp' '\b[a-z][A-Za-z0-9_]*(<[^()<>]*>)?\(' "$1" |
  sed 's/[<(].*//' |
  LC_ALL=C sort -u |
  grep -vxE 'alignas|alignof|asm|assert|catch|concept|constexpr|co_await|co_return|co_yield|decltype|defined|delete|for|if|offsetof|new|noexcept|operator|requires|return|sizeof|static_assert|switch|throw|typeid|volatile|while|explicit|export|this|void|bool|char|int|unsigned|double|float|long|short|auto|const|default|static_cast|[a-z]+_cast' |
  sed 's/.*/GREEDY(&)/'

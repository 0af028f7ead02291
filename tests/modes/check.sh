#!/bin/sh
# check.sh TESTS_DIR: each row of README.md's table of failure modes names a case that exists.
#
# A row is "| number | what goes wrong | file | name |"; the name must be in the file, behind a quote.
set -eu
tests=$1
table=$tests/README.md
wanted=60

bad=0
rows=0
while IFS='|' read -r _ number _ file name _; do
  number=$(echo "$number" | tr -d ' ')
  case $number in
    '' | *[!0-9]*) continue ;;
  esac
  rows=$((rows + 1))
  file=$(echo "$file" | tr -d '\140 ')
  name=$(echo "$name" | sed 's/^ *//; s/ *$//')
  if [ "$number" -ne $rows ]; then
    echo "$table: row $number comes where $rows should"
    bad=1
  fi
  if [ -z "$name" ] || [ ! -e "$tests/$file" ]; then
    echo "$table: row $number names no case, or the file '$file', which is not there"
    bad=1
  elif ! grep -qF "\"$name" "$tests/$file"; then
    echo "$table: row $number: there is no \"$name\" in $file"
    bad=1
  fi
done < "$table"
if [ $rows -lt $wanted ]; then
  echo "$table: $rows failure modes, $wanted are wanted"
  bad=1
fi
exit $bad

#!/bin/sh
# check.sh TESTS_DIR: what README.md and electron/README.md say of the tests is true.
#
# "Behaviours": a row is "| number | what is promised | where |". Some test case begins with the number, or
# `where` names a folder that is there; and no test case begins with a number that has no row.
# "How message buses fail": a row is "| number | what goes wrong | file | name |"; the name must be in the
# file, behind a quote.
# electron/README.md: a link to a .cpp is "[part of the name of a test case](file)".
set -eu
tests=$1
table=$tests/README.md
wanted=60

bad=0
complain() {
  echo "$table: $*"
  bad=1
}
# The rows of the tables below a heading, up to the next one, without spaces and quotes of code beside their lines.
rows_below() {
  awk -v heading="## $1" '
    /^## / { inside = index($0, heading) == 1 }
    inside && /^\|/ { gsub(/`? *\| *`?/, "|"); print }' "$table"
}

cited=$(find "$tests" -name '*.cpp' -exec sed -nE 's/^.*"([0-9]+|S): .*$/\1/p' {} + | sort -u)
behaviours=''
while IFS='|' read -r _ number _ where _; do
  case $number in
    S) ;;
    '' | *[!0-9]*) continue ;;
  esac
  behaviours="$behaviours $number"
  if [ -n "$where" ]; then
    [ -d "$tests/$where" ] || complain "behaviour $number is tested by '$where', which is not there"
  elif ! echo "$cited" | grep -qx "$number"; then
    complain "behaviour $number: no test case begins with it"
  fi
done <<END
$(rows_below Behaviours)
END
for number in $cited; do
  case " $behaviours " in
    *" $number "*) ;;
    *) complain "test cases begin with '$number: ', which is no behaviour" ;;
  esac
done

rows=0
while IFS='|' read -r _ number _ file name _; do
  case $number in
    '' | *[!0-9]*) continue ;;
  esac
  rows=$((rows + 1))
  if [ "$number" -ne $rows ]; then
    complain "row $number comes where $rows should"
  fi
  if [ -z "$name" ] || [ ! -e "$tests/$file" ]; then
    complain "row $number names no case, or the file '$file', which is not there"
  elif ! grep -qF "\"$name" "$tests/$file"; then
    complain "row $number: there is no \"$name\" in $file"
  fi
done <<END
$(rows_below 'How message buses fail')
END
if [ $rows -lt $wanted ]; then
  complain "$rows failure modes, $wanted are wanted"
fi

table=$tests/electron/README.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
while IFS='|' read -r name file; do
  [ -n "$name" ] || continue
  if [ ! -e "$tests/electron/$file" ]; then
    complain "there is no $file"
    continue
  fi
  joined=$work/electron/$file
  if [ ! -e "$joined" ]; then  # literals that follow each other are one name
    mkdir -p "$work/electron" "${joined%/*}"
    tr '\n' ' ' < "$tests/electron/$file" | sed 's/" *"//g' > "$joined"
  fi
  grep -qF "$name" "$joined" || complain "there is no '$name' in $file"
done <<END
$(grep -o '\[[^]]*\]([^)]*\.cpp)' "$table" | sed 's/^\[\(.*\)\](\(.*\))$/\1|\2/')
END
exit $bad

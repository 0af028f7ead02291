#!/bin/sh
# tests/word_count/compare.sh WORD_COUNT [FILE...] - compares examples/word_count with tr, sort and uniq
#
# The text is made of the licenses in /usr/share/common-licenses, else of the FILEs. One line per check;
# ends with status 1 at the first check that fails.
# shellcheck disable=SC2002,SC2018,SC2019,SC3045
set -u
LC_ALL=C
export LC_ALL

if [ $# -lt 1 ] || [ ! -x "$1" ]; then
  echo "usage: compare.sh WORD_COUNT [FILE...]" >&2
  exit 2
fi
wordCount=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
shift
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

pass() { echo "ok    $1"; }

fail() {
  echo "FAIL  $1"
  shift
  for line in "$@"; do echo "      $line"; done
  exit 1
}

# ---- the text: over a megabyte, its last line without an end -----------------

licenses=/usr/share/common-licenses
if [ -d "$licenses" ]; then
  cat "$licenses"/* > "$work/once" 2> "$work/unread"
else
  [ $# -gt 0 ] && cat "$@" > "$work/once"
fi
[ -s "$work/once" ] || fail "a text to count" "no $licenses here: name some text files after the program"
while [ "$(wc -c < "$work/once")" -lt 1100000 ]; do
  cat "$work/once" "$work/once" > "$work/twice" && mv "$work/twice" "$work/once"
done
{ cat "$work/once"; printf 'the end, the END'; } > "$work/text"
head -c 300001 "$work/text" > "$work/part"  # ends anywhere, even inside a word
tr '\n' ' ' < "$work/text" > "$work/oneline"  # far longer than a piece
printf "Don't count\r\n\nna\303\257ve x2y_Z--the\tTHE\n" > "$work/odd"  # n a na ve, x y z
: > "$work/empty"

# ---- what is expected --------------------------------------------------------

# words FILE...: one lower-case word per line. File by file: a word does not go on in the next file.
words() {
  for file in "$@"; do
    tr -cs 'A-Za-z' '\n' < "$file" | tr 'A-Z' 'a-z'
    echo
  done | sed '/^$/d'
}

# ranked: the words read, with their counts; the most frequent first, ties by alphabet.
ranked() { sort | uniq -c | sort -k1,1nr -k2,2; }

leftOut() { grep -vxF -f "$here/stop_words.txt"; }

# ---- running it --------------------------------------------------------------

# run STATUS OPTION...: runs word_count on standard input; its output is in $work/out and $work/err.
run() {
  wanted=$1
  shift
  timeout 60 "$wordCount" "$@" > "$work/out" 2> "$work/err"
  status=$?
  [ "$status" -eq "$wanted" ] ||
    fail "$name" "word_count $*: exit status $status, expected $wanted" "$(head -n 3 "$work/err")"
}

# same WHAT: $work/out is $work/expected.
same() {
  cmp -s "$work/expected" "$work/out" ||
    fail "$name" "$1 differ (< expected, > word_count):" "$(diff "$work/expected" "$work/out" | head -n 10)"
}

quiet() { [ ! -s "$work/err" ] || fail "$name" "unexpected message: $(head -n 3 "$work/err")"; }

# totals FILE...: the default output ends with the number of lines, words and distinct words of $work/kept.
totals() {
  lines=0
  for file in "$@"; do lines=$((lines + $(awk 'END { print NR }' "$file"))); done
  total=$(($(wc -l < "$work/kept")))
  distinct=$(($(sort -u "$work/kept" | wc -l)))
  wanted="$lines lines, $total words, $distinct distinct words"
  grep -qxF "$wanted" "$work/out" ||
    fail "$name" "expected: $wanted" "got:      $(grep ' lines, ' "$work/out")"
}

# every NAME FILES: all counts, with nothing left out.
every() {
  name=$1
  shift
  words "$@" | ranked > "$work/expected"
  run 0 --all --leave-out none "$@" < /dev/null
  same counts
  quiet
  pass "$name"
}

# topTen NAME FILES: the default output.
topTen() {
  name=$1
  shift
  words "$@" | leftOut > "$work/kept"
  ranked < "$work/kept" | head -n 10 > "$work/expected"
  run 0 "$@" < /dev/null
  cp "$work/out" "$work/whole"
  sed '/^$/,$d' "$work/whole" > "$work/out"
  same "the ten most frequent words"
  cp "$work/whole" "$work/out"
  totals "$@"
  grep -Eqx '[0-9]+ messages, [0-9]+ per second' "$work/out" || fail "$name" "no messages per second"
  quiet
  pass "$name"
}

# refused STATUS MESSAGE NAME OPTIONS: no output, this status, this message.
refused() {
  code=$1
  message=$2
  name=$3
  shift 3
  run "$code" "$@"
  [ ! -s "$work/out" ] || fail "$name" "output in spite of the error: $(head -n 3 "$work/out")"
  grep -qF -e "$message" "$work/err" ||
    fail "$name" "expected the message: $message" "got: $(head -n 3 "$work/err")"
  pass "$name"
}

# ---- the counts --------------------------------------------------------------

every "every word of a file" "$work/text"
every "every word of two files" "$work/part" "$work/text"
every "one line of a megabyte" "$work/oneline"
every "apostrophes, digits, bytes beyond ASCII, carriage returns" "$work/odd"
every "a file given twice" "$work/odd" "$work/odd"
topTen "ten words of a file" "$work/text"
topTen "ten words of two files" "$work/part" "$work/text"
topTen "fewer than ten words" "$work/odd"

name="every word but the common ones"
words "$work/text" | leftOut | ranked > "$work/expected"
run 0 --all "$work/text"
same counts
pass "$name"

words "$work/text" | ranked > "$work/expected"
name="standard input, a file"
run 0 --all --leave-out none - < "$work/text"
same counts
pass "$name"

name="standard input, a pipe"
cat "$work/text" | run 0 --all --leave-out none - || exit 1
same counts
pass "$name"

for n in 1 2 3 16; do
  name="$n renderers"
  run 0 --renderers "$n" --all --leave-out none "$work/text"
  same counts
  pass "$name"
done

name="standard input between two files"
words "$work/odd" "$work/part" "$work/text" | ranked > "$work/expected"
run 0 --all --leave-out none "$work/odd" - "$work/text" < "$work/part"
same counts
pass "$name"

# ---- empty files -------------------------------------------------------------

name="an empty file is reported and has no words"
run 0 "$work/empty"
grep -qF "$work/empty: empty file" "$work/err" || fail "$name" "no message"
grep -qxF '0 lines, 0 words, 0 distinct words' "$work/out" || fail "$name" "got: $(cat "$work/out")"
pass "$name"

name="empty standard input"
run 0 --all - < /dev/null
grep -qF -e '-: empty file' "$work/err" || fail "$name" "no message"
[ ! -s "$work/out" ] || fail "$name" "got: $(cat "$work/out")"
pass "$name"

name="an empty file between others"
words "$work/odd" "$work/part" | ranked > "$work/expected"
run 0 --all --leave-out none "$work/odd" "$work/empty" "$work/part"
same counts
pass "$name"

# ---- what it must refuse -----------------------------------------------------

{ cat "$work/text"; printf 'zero\0byte'; } > "$work/binary"
head -c 2000000 /dev/zero | tr '\0' 'a' > "$work/longword"

refused 1 "$work/missing: No such file or directory" "a missing file" "$work/missing"
refused 1 "$work/missing: No such file or directory" "a missing file after a good one" "$work/text" "$work/missing"
refused 1 "$work: Is a directory" "a directory" "$work"
refused 1 "$work/binary: binary file" "a NUL byte after a megabyte of text" --all "$work/binary"
refused 1 "/dev/zero: binary file" "a device without an end" /dev/zero
refused 1 "-: binary file" "a NUL byte in standard input" - < "$work/binary"
refused 1 "$work/longword: no text" "a word without an end" "$work/longword"
if [ "$(id -u)" -ne 0 ]; then
  chmod 000 "$work/part"
  refused 1 "$work/part: Permission denied" "a file without permission" "$work/part"
fi

refused 2 "no file given" "no argument" < /dev/null
refused 2 "no file given" "options but no file" --all < /dev/null
refused 2 "unknown option '--frequency'" "an unknown option" --frequency "$work/text"
refused 2 "--renderers takes a number from 1 to 256, not '0'" "no renderers" --renderers 0 "$work/text"
refused 2 "--renderers takes a number from 1 to 256, not '-3'" "fewer than none" --renderers -3 "$work/text"
refused 2 "--renderers takes a number from 1 to 256, not '9999999999'" "too many" --renderers 9999999999 "$work/text"
refused 2 "--renderers takes a number from 1 to 256, not '2x'" "not a number" --renderers 2x "$work/text"
refused 2 "--renderers needs a value" "an option without its value" "$work/text" --renderers
refused 2 "--leave-out takes 'common' or 'none', not 'most'" "an unknown list" --leave-out most "$work/text"

name="the usage text on demand"
run 0 --help
grep -q '^usage: word_count' "$work/out" || fail "$name" "got: $(head -n 3 "$work/out")"
quiet
pass "$name"

if [ -w /dev/full ]; then
  name="an output that cannot be written"
  timeout 60 "$wordCount" --all "$work/odd" > /dev/full 2> "$work/err"
  status=$?
  [ "$status" -eq 1 ] || fail "$name" "exit status $status, expected 1"
  [ -s "$work/err" ] || fail "$name" "no message"
  pass "$name"
fi

# Main fails while renderers are already at work: little address space leaves room for some threads only.
scarce() { ulimit -s 8192 && ulimit -v 300000; }
if (scarce && "$wordCount" --help || exit 1) > "$work/out" 2>&1; then
  name="threads that cannot be started"
  (scarce && exec timeout 60 "$wordCount" --renderers 256 "$work/text") > "$work/out" 2> "$work/err"
  status=$?
  [ "$status" -eq 1 ] || fail "$name" "exit status $status, expected 1" "$(head -n 3 "$work/err")"
  grep -q '^word_count: ' "$work/err" || fail "$name" "no message"
  pass "$name"
fi

echo "all the same"

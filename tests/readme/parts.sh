#!/bin/sh
# parts.sh PROJECT_DIR PAPER...: a code block of the README files whose first line is "// examples/<name>.cpp"
# is literally part of that program, but for its indentation. A line "// ..." stands for what is left out.
set -eu
cd "$1"
shift

awk '
  function complain(sentence) {
    print FILENAME ":" begin ": " sentence
    isBad = 1
  }
  # Reads a file, with line ends before, between and after its lines, without indentation.
  function textOf(path,    line, text, found) {
    text = "\n"
    while ((found = (getline line < path)) > 0) {
      sub(/^ +/, "", line)
      text = text line "\n"
    }
    close(path)
    if (found < 0) complain("there is no " path)
    return text
  }
  # Looks for the lines so far behind those that were found before.
  function find(    at) {
    if (part == "\n") return
    at = index(rest, part)
    if (at == 0) complain("not in " program ":" part)
    else rest = substr(rest, at + length(part) - 1)
    part = "\n"
  }
  /^```/ {
    if (isInCode && program != "") find()
    isInCode = !isInCode
    program = ""
    begin = FNR
    next
  }
  !isInCode { next }
  { sub(/^ +/, "") }
  FNR == begin + 1 && /^\/\/ examples\/[a-z_]+\.cpp$/ {
    program = substr($0, 4)
    rest = textOf(program)
    part = "\n"
    next
  }
  program == "" { next }
  $0 == "// ..." {
    find()
    next
  }
  { part = part $0 "\n" }
  END { exit isBad }
' "$@"

#!/bin/sh
# The page of a failing run, in a browser: each step can be chosen, and shows what was watched after it.
#   usage: check.sh <program that writes the page>
set -eu
program=$1
browser=''
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" > /dev/null; then browser=$name; fi
done
[ -n "$browser" ] || {
  echo 'skipped: chromium is not installed'
  exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

TINCAN_SIM_PAGE=$work/page.html "$program" 2> "$work/log"
grep -q 'As a page: ' "$work/log" || { cat "$work/log" >&2; exit 1; }

# shows <step> <text> ...: that step is chosen, and the page then has those texts
shows() {
  step=$1
  shift
  HOME=$work "$browser" --headless --no-sandbox --disable-gpu --dump-dom "file://$work/page.html#$step" \
    > "$work/dom" 2> "$work/errors" || { cat "$work/errors" >&2; exit 1; }
  for text in "$@"; do
    grep -qF "$text" "$work/dom" || {
      echo "step $step does not show: $text" >&2
      cat "$work/dom" >&2
      exit 1
    }
  done
}
message='<td>1</td><td class="from right">●</td><td class="to right">→ sell &lt;/script&gt;&lt;b&gt;, 2</td>'
shows 1 "<tr class=\"chosen\">$message" '<tr class="new"><td>stock</td><td>1</td></tr>' \
  "TINCAN_SIM_REPLAY='-'" '<h1>always: the stock is never below zero</h1>'
shows 3 "<tr>$message" '<tr class="new"><td>stock</td><td>-1</td></tr>'
shows 5 '! always: the stock is never below zero' '<tr class="note chosen">' \
  '<tr><td>stock</td><td>-1</td></tr>'

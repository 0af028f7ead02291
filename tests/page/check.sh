#!/bin/sh
# The page of a failing run, in a browser: each step can be chosen, and shows what was watched after it.
#   usage: check.sh <program that writes the page>
set -eu
program=$1
# shellcheck source=tests/page/browser.sh
. "$(dirname "$0")/browser.sh"

TINCAN_SIM_PAGE=$work/page.html "$program" 2> "$work/log"
grep -q 'As a page: ' "$work/log" || { cat "$work/log" >&2; exit 1; }

message='<td>1</td><td class="from right">●</td><td class="to right">→ sell &lt;/script&gt;&lt;b&gt;, 2</td>'
shows 'page.html#1' "<tr class=\"chosen\">$message" '<tr class="new"><td>stock</td><td>1</td></tr>' \
  "TINCAN_SIM_REPLAY='-'" '<h1>always: the stock is never below zero</h1>'
shows 'page.html#3' "<tr>$message" '<tr class="new"><td>stock</td><td>-1</td></tr>'
shows 'page.html#5' '! always: the stock is never below zero' '<tr class="note chosen">' \
  '<tr><td>stock</td><td>-1</td></tr>'

#!/bin/sh
# The page of a trace, in a browser: what was sent and answered, who waited, how many messages waited, what was lost.
#   usage: check_trace.sh <program that writes the page>
set -eu
program=$1
# shellcheck source=tests/page/browser.sh
. "$(dirname "$0")/browser.sh"

"$program" "$work/page.html"
shows 'page.html' '>invoke sum</text>' '>answer</text>' '>&lt;/script&gt;&lt;b&gt;</text>' '>x ✗ NoListener</text>' \
  '>window is closed</text>' '6 shown, of 14 events' '<text class="name" x="185" y="20" text-anchor="middle">window</text>'
shows 'page.html#sequence,sum' '>invoke sum</text>' '2 shown'
if grep -qF 'NoListener</text>' "$work/dom"; then
  echo 'the filter shows what it should not' >&2
  exit 1
fi
shows 'page.html#waits' 'waits for main, sum, ' '<rect class="wait"'
shows 'page.html#queues' '>at most 0<' '<path class="depth"'
shows 'page.html#dead' '<td>NoListener</td><td>x</td><td>window</td><td>main</td>'

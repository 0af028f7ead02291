# shellcheck shell=sh
# What the checks of pages begin with: $browser, which a check is skipped without, and an empty folder $work.
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

# shows <page#place> <text> ...: the page in $work then has those texts
shows() {
  place=$1
  shift
  HOME=$work "$browser" --headless --no-sandbox --disable-gpu --dump-dom "file://$work/$place" \
    > "$work/dom" 2> "$work/errors" || { cat "$work/errors" >&2; exit 1; }
  for text in "$@"; do
    grep -qF -e "$text" "$work/dom" || {
      echo "$place does not show: $text" >&2
      cat "$work/dom" >&2
      exit 1
    }
  done
}

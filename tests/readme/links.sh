#!/bin/sh
# links.sh PROJECT_DIR PAPER...: the links of the README files lead to files, and to headings, that are there.
set -eu
cd "$1"
shift

# The headings of a paper, as links name them.
anchors() {
  sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' | tr -cd '[:alnum:] _\n-' | tr ' ' '-'
}

# The links of a paper, without what looks like one in code.
links() {
  # shellcheck disable=SC2016  # backquotes are meant
  awk '/^```/ { inCode = !inCode; next } !inCode' "$1" | sed 's/`[^`]*`//g' |
    grep -o '](\([^) ]*\))' | sed 's/^](//; s/)$//' | sort -u
}

bad=0
for paper in "$@"; do
  folder=$(dirname "$paper")
  while read -r link; do
    file=${link%%#*}
    case $link in
      http*) continue ;;
      '#'*) path=$paper ;;
      *) path=$folder/$file ;;
    esac
    if [ ! -e "$path" ]; then
      echo "$paper: there is no $file"
      bad=1
    elif [ "$link" != "$file" ] && ! anchors "$path" | grep -qx -e "${link#*#}"; then
      echo "$paper: $path has no heading for #${link#*#}"
      bad=1
    fi
  done <<END
$(links "$paper")
END
done
exit $bad

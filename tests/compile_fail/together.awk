# Of what g++ says of many files in one: its errors, each behind the name of the file that was named last. g++ names
# first where it comes from: "In function", "required from here".
#   awk -v folder=<folder of the files>/ -f together.awk
{
  rest = $0
  while ((at = index(rest, folder)) != 0) {
    rest = substr(rest, at + length(folder))
    if (match(rest, /^[a-z_]+\.cpp/)) stem = substr(rest, 1, RLENGTH - 4)
  }
}
/error: / { print stem ": " $0 }

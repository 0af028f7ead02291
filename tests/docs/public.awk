# What Doxygen shall see of a public header: what a user names, as a user names it.
#   usage: awk -f tests/docs/public.awk include/tincan/<header>, in the root; Doxygen counts the lines of what it prints
#
#   - Where a header has its class from detail/api/, under its own name, that file stands in its place.
#   - The first line of a header is what its page says.
#   - Without all namespaces `detail`, without private and protected members, without what is there for overload
#     resolution or the language alone; the namespace is `tincan`.
#   - The verbs that classes have from a base in `detail` are members of those classes.
#   - A comment above one of several variables that are declared at once, or above an enumeration and a variable of it,
#     is for all of them.
#   - A comment above one of several overloads in a row is for all of them.
#   - The tables of class comments (Threads, Order, ...) are lists, their examples are code; there are no commands.

BEGIN {
  place["Registering"] = "detail/registering.hpp"
  place["MethodVerbs"] = "detail/listen/method_verbs.hpp"
  place["EndpointVerbs"] = "detail/listen/endpoint_verbs.hpp"
  place["AskingVerbs"] = place["Verbs"] = "detail/api/verbs.hpp"
  place["BracedChannel"] = place["TypedChannel"] = "channel.hpp"
  place["AsioTie"] = "detail/loop/asio_tie.hpp"
  include = "include/tincan/"
  union_indent = -1
}
{
  about = $0
  exit
}
END {
  sub(/^.* - /, "", about)
  print "/// @file\n/// " escaped(about) "\n"
  header = FILENAME
  sub(/^.*include\/tincan\//, "", header)
  write(with_mixins(public_part(include header, 0)))
}

# ---- which lines ----------------------------------------------------------------------------------

function spaces_before(text) { match(text, /^ */); return RLENGTH }

# The lines of a file, without namespaces `detail`, unless those are wanted, and without what is not public.
function public_part(file, with_detail,    text, all, end, inside, indent, own) {
  own = file
  sub(/^.*\//, "", own)
  while ((getline text < file) > 0) {
    if (end != "") {
      if (text == end || (text == "}" && inside == 1)) end = ""  # one line has no comment behind its end
      inside++
      continue
    }
    if (!with_detail && text ~ /^namespace ([a-z0-9: ]*::)?detail \{$/) {
      end = text
      sub(/ \{$/, "", end)
      end = "}  // " end
      inside = 0
      continue
    }
    if (indent > 0) {  # behind `private:`, which is indented like that
      if (spaces_before(text) == indent && text ~ /public:$/) indent = 0
      else if (spaces_before(text) == indent - 1 && text ~ /^ *\}/) indent = 0
      else continue
    }
    if (text ~ /^ +(private|protected):$/) {
      indent = spaces_before(text)
      continue
    }
    if (!with_detail && (text == "#include <tincan/detail/api/" own ">" || text ~ /trace\/trace_log\.hpp>$/)) {
      sub(/^#include <tincan\//, "", text)
      sub(/>$/, "", text)
      all = all public_part(include text, 0)
    } else if (text !~ /^#(pragma once|include)/) {
      all = all text "\n"
    }
  }
  close(file)
  return all
}

# The public members of a class that lies in that file.
function members(name, file,    count, i, lines, text, is_in) {
  count = split(public_part(include file, 1), lines, "\n")
  for (i = 1; i <= count; i++) {
    if (lines[i] ~ "^class " name "( |$)" && lines[i] ~ /\{$/) is_in = 1
    if (is_in) text = text lines[i] "\n"
    if (is_in && lines[i] == "};") break
  }
  text = with_mixins(text)
  sub(/^[^\n]*\n/, "", text)
  sub(/\};\n*$/, "", text)
  gsub(/ public:\n/, "", text)
  return text
}

# The text with the members of such bases in the place of the bases.
function with_mixins(text,    count, lines, i, n, j, bases, kept, taken, late, name, all) {
  count = split(text, lines, "\n")
  for (i = 1; i <= count; i++) {
    if (lines[i] !~ /^(class|struct) .* : public .*\{$/) {
      if (lines[i] == "};") {
        all = all late
        late = ""
      }
      all = all lines[i] "\n"
      continue
    }
    kept = taken = ""
    n = split(substr(lines[i], index(lines[i], " : public ") + 10), bases, ", public ")
    sub(/ \{$/, "", bases[n])
    for (j = 1; j <= n; j++) {
      name = bases[j]
      sub(/^detail::/, "", name)
      sub(/<.*$/, "", name)
      if (name == "MethodVerbs") late = members(name, place[name])  # behind those that take a function
      else if (name in place) taken = taken members(name, place[name])
      else if (bases[j] !~ /^detail::/) kept = kept (kept == "" ? " : public " : ", public ") bases[j]
    }
    all = all substr(lines[i], 1, index(lines[i], " : public ") - 1) kept " {\n public:\n" taken
  }
  return all
}

# ---- declarations ---------------------------------------------------------------------------------

# A line without strings and comments.
function code(text) {
  gsub(/\\./, "", text)
  gsub(/"[^"]*"/, "", text)
  gsub(/'.'/, "", text)
  sub(/ *\/\/.*$/, "", text)
  return text
}
function count_of(what, text) { return gsub(what, "", text) }

# The name of a function that is declared there, or nothing.
function function_name(text) {
  gsub(/\n/, " ", text)
  gsub(/requires *\([^()]*(\([^()]*\)[^()]*)*\)/, "", text)
  gsub(/explicit\([a-z]*\)|decltype\([^()]*\)|\[\[[^]]*\]\]/, "", text)
  gsub(/template <[^<>]*(<[^<>]*(<[^<>]*>[^<>]*)*>[^<>]*)*>/, "", text)
  if (index(text, "(") == 0) return ""
  if (match(text, /operator *[^ (]+( [A-Za-z_:]+)? *\(/)) return substr(text, RSTART, RLENGTH - 1)
  sub(/ *\(.*$/, "", text)
  if (text ~ /[={;]/ || text ~ /<[^>]*$/) return ""
  sub(/^.*[ &*]/, "", text)
  return text
}

# True for what no user needs to know: `plain` is one declaration, on one line.
function is_hidden(plain, name, has_comment) {
  if (plain ~ /^(static_assert|friend (class|struct) |template <[^(]*> (friend )?(class|struct) [A-Za-z:]+;)/) return 1
  if (plain ~ /^(class|struct|enum class) [A-Za-z]+;/ || plain ~ /^template <[^()]*> (class|struct) [A-Za-z]+;/) return 1
  if (plain ~ /^using [^=]*::[A-Za-z_]+;/ || plain ~ /^using promise_type /) return 1
  if (declaration_of(plain) ~ /BracedChannel<|TypedChannel|UntypedName|detail::Driver\*/) return 1
  if (name ~ /::/) return 1  # is declared elsewhere
  if (plain ~ /= delete/ && name != class_name && plain !~ ("operator=\\(" class_name " const&\\)")) return 1
  if (name in place) return 1  # how a base is made
  # What Catch2 and the libraries for formatting call.
  if (!has_comment && (plain ~ /\) (const )?override[ ;{]/ || class_name ~ /^(StringMaker|(fmt|std)::formatter)$/) && name != "") return 1
  # What the compiler writes, or an end, is told of where there is more to say.
  if (!has_comment && name ~ /^~/) return 1
  if (!has_comment && plain ~ ("operator=\\(" class_name "(&&| const&)? ?[a-z]*\\)") && plain !~ /= delete/) return 1
  return !has_comment && name == class_name && plain ~ /&&[^)]*\)[^)]*= default|const&\) = default/
}

function write(all,    count, lines, i, text, plain, bare, start, comment, name, last_name, last_comment, braces, parens) {
  count = split(all, lines, "\n")
  for (i = 1; i <= count; i++) {
    text = lines[i]
    if (text ~ /^ *\/\/\/( |$)/) {
      comment = comment text "\n"
      continue
    }
    if (text ~ /^ *\/\//) continue
    bare = code(text)
    if (bare ~ /^ *$|^ *#|^ *\}|^ *public:/) {
      if (bare ~ /^ *#define/) print_comment(comment)
      if (!(bare ~ /^ *\};?$/ && spaces_before(text) == union_indent)) print_code(text)
      else union_indent = -1
      if (is_wrapped && bare ~ /^\};/) {
        is_wrapped = 0
        print "}"
      }
      comment = ""
      if (bare !~ /^ *$/) last_name = ""
      continue
    }
    # One declaration, with all of its lines; or the head of one that has others inside.
    start = i
    plain = ""
    braces = parens = 0
    for (;; i++) {
      bare = code(lines[i])
      plain = plain (plain == "" ? "" : " ") bare
      braces += count_of("\\{", bare) - count_of("\\}", bare)
      parens += count_of("\\(", bare) - count_of("\\)", bare)
      if (parens == 0 && braces == 1 && opens_scope(plain)) break
      if (in_enum || i >= count || (parens == 0 && braces == 0 && bare ~ /[;}]$/)) break
    }
    gsub(/ +/, " ", plain)
    sub(/^ /, "", plain)
    name = function_name(plain)
    class_name = class_at[spaces_before(lines[start]) - 2]
    if (plain ~ /^union \{$/) {
      union_indent = spaces_before(lines[start])
      comment = ""
      continue
    }
    if (opens_scope(plain) && braces == 1) {
      name = ""
      in_enum = plain ~ /^enum /
      enum_comment = comment
      if (plain !~ /^(namespace|enum)/) {
        class_name = plain
        sub(/^.*(class|struct) (\[\[[a-z]*\]\] )?/, "", class_name)
        sub(/[ <].*$/, "", class_name)
        class_at[spaces_before(lines[start])] = class_name
      }
    }
    if (is_hidden(plain, name, comment != "")) {
      comment = ""
      continue
    }
    if (comment == "" && name != "" && name == last_name && plain !~ /= de(lete|fault);/) comment = last_comment
    # A specialisation of theirs, in its namespace.
    if (match(plain, /struct (fmt|std)::formatter<T>/)) {
      print "namespace " substr(plain, RSTART + 7, 3) " {"
      print_comment(comment)
      print "template <class T>\nstruct formatter<T> {"
      is_wrapped = 1
      comment = ""
      continue
    }
    if (plain ~ /^[A-Za-z0-9_:]+ [A-Za-z0-9]+( = [0-9]+)?(, [A-Za-z0-9]+( = [0-9]+)?)+;$/) {
      if (match(lines[i], /\/\/\/< /)) comment = "/// " substr(lines[i], RSTART + 5) "\n"
      print_each(plain, comment)
      comment = ""
      continue
    }
    print_comment(comment)
    if (braces == 0 && plain ~ /\}$/ && !in_enum) print_code("  " declaration_of(plain))
    else for (; start <= i; start++) print_code(lines[start])
    last_name = name
    last_comment = comment
    comment = ""
  }
}
# Several variables that are declared at once: each has the sentences that name it, or else the whole comment.
function print_each(plain, comment,    type, count, names, i, sentences, n, j, own, text) {
  type = plain
  sub(/ .*$/, "", type)
  count = split(substr(plain, length(type) + 2), names, /[,;] ?/)
  text = comment
  gsub(/\n? *\/\/\/ /, " ", text)
  n = split(text, sentences, /\.[ \n]+/)
  for (i = 1; i < count; i++) {
    own = names[i]
    sub(/ .*$/, "", own)
    text = ""
    for (j = 1; j <= n; j++) if (index(sentences[j], "`" own "`")) text = text sentences[j] ". "
    print_comment(text == "" ? comment : "/// " text "\n")
    print_code("  " type " " names[i] ";")
  }
}
# A function without its body, and without what a constructor begins with.
function declaration_of(plain,    i, depth, letter) {
  for (i = 1; i <= length(plain); i++) {
    letter = substr(plain, i, 1)
    depth += (letter == "(") - (letter == ")")
    if (depth == 0 && (letter == "{" || substr(plain, i, 3) == " : ")) break
  }
  plain = substr(plain, 1, i - 1) ";"
  sub(/ ;$/, ";", plain)
  return plain
}
function opens_scope(plain) {
  sub(/^ */, "", plain)
  sub(/^template <.*> (requires.* )?(class|struct) /, "class ", plain)
  return plain ~ /^(namespace|class|struct|union|enum)[ :].*\{$|^union \{$/
}

# ---- how it is written ----------------------------------------------------------------------------

function print_code(text) {
  gsub(/::inline abi0/, "", text)
  # What a user needs to know of names that are not public.
  gsub(/detail::FoundPeer/, "std::optional<Peer>", text)
  gsub(/detail::WakeFunction/, "std::function<void()>", text)
  gsub(/detail::SharedFunction/, "std::function", text)
  gsub(/detail::Sleep/, "Awaitable", text)
  gsub(/typename detail::Typed<S>::Result/, "ResultOf<S>", text)
  gsub(/detail::(Called|Method)Result</, "ResultOf<", text)
  gsub(/(detail::)?(FunctionType|IsMethod|PrintedType) /, "class ", text)
  gsub(/(tincan::)?detail::/, "", text)
  sub(/explicit\(false\) /, "", text)
  gsub(/\[\[gnu::[a-z_]*\]\] /, "", text)
  if (in_enum && text ~ /^ *\}/) {
    in_enum = 0
    if (text !~ /^ *\};/ && text !~ /\/\/\/</) {  # a variable of that type
      gsub(/^ *\/\/\/ |\n *\/\/\/|\n$/, "", enum_comment)
      text = text "  ///< " enum_comment
    }
  }
  if (match(text, /\/\/\/< /)) text = substr(text, 1, RSTART + 4) escaped(substr(text, RSTART + 5))
  else sub(/ *\/\/ .*$/, "", text)
  print text
}

# Text in which Doxygen finds no commands, no tags and no links but those to names. (awks differ in what backslashes
# mean to gsub().)
function escaped(text,    i, letter, is_quoted, all) {
  for (i = 1; i <= length(text); i++) {
    letter = substr(text, i, 1)
    if (letter == "`") is_quoted = !is_quoted
    all = all (!is_quoted && index("\\<>@#*", letter) ? "\\" : "") letter
  }
  return all
}

function print_comment(comment,    lines, count, i, text, key, is_code, was_empty) {
  count = split(comment, lines, "\n")
  for (i = 1; i < count; i++) {
    text = lines[i]
    sub(/^ *\/\/\/ ?/, "", text)
    if (text == "") {
      is_code = 0
    } else if (match(text, /^  (Threads|Order|Progress|Lifetime|Errors) +/)) {
      key = substr(text, 3, RLENGTH - 2)
      sub(/ +/, "", key)
      text = "- **" key "**: " escaped(substr(text, RLENGTH + 1))
    } else if (is_code || (was_empty && text ~ /^  /)) {
      is_code = 1
      text = "    " text
    } else {
      sub(/^ +/, "  ", text)
      text = escaped(text)
    }
    was_empty = text == ""
    print "/// " text
  }
}

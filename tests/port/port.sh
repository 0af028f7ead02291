#!/bin/sh
# Compiles tests for another compiler, standard library, processor or system, with all warnings as errors, and runs
# them, where need be by an emulator. Not by CMake: each program is its files and nothing else.
#   usage: port.sh NAME FOLDER [PROGRAM ...]
#   NAME     gcc11 gcc12 clang14 clang19 libcxx portable aarch64 riscv64 armhf s390x mingw
#   FOLDER   for what is built
#   PROGRAM  umbrella unit electron race testing; all of them without a name
# Prints a line for each program. Ends with 77 if a compiler or an emulator is missing.
set -eu
name=$1
mkdir -p "$2"
work=$(cd "$2" && pwd)
shift 2
cd "$(dirname "$0")/.."
jobs=${TINCAN_JOBS:-$(getconf _NPROCESSORS_ONLN 2> /dev/null || echo 2)}

run=''
flags=''
left_out=''   # files that need what the system, or its emulator, lacks
tests=''      # of those in the other files; all of them without
cross() { # cross <triple> <the emulator's suffix>
  cxx=$1-g++
  run="qemu-$2 -L /usr/$1"
  left_out='unit/forks.cpp unit/sandbox.cpp unit/signals.cpp unit/cost.cpp'
}
case $name in
  gcc11) cxx=g++-11 ;;
  gcc12) cxx=g++-12 ;;
  clang14) cxx=clang++-14 ;;
  clang19) cxx=clang++-19 ;;
  libcxx) 
    cxx=clang++-19
    flags=-stdlib=libc++
    # Callbacks of stop tokens, and that these are the standard library's.
    left_out='unit/deadlines.cpp unit/reentry.cpp unit/handler_callers.cpp unit/reentry_deep.cpp unit/stop_tokens.cpp'
    ;;
  portable) 
    cxx=g++
    flags=-DTINCAN_DETAIL_PORTABLE_PLATFORM
    ;;
  aarch64) cross aarch64-linux-gnu aarch64 ;;
  riscv64) cross riscv64-linux-gnu riscv64 ;;
  armhf) cross arm-linux-gnueabihf arm ;;
  s390x) cross s390x-linux-gnu s390x ;;
  mingw)
    cxx=x86_64-w64-mingw32-g++-posix
    # Its linker finds the initialisation of a thread_local variable of the tests in each file that uses it.
    flags='-static -Wl,--allow-multiple-definition'
    run=wine64
    command -v wine64 > /dev/null || run=/usr/lib/wine/wine64
    export WINEDEBUG=-all WINEPREFIX="$work/wine"
    # There is no fork(), by which other tests let a program die, and no POSIX.
    left_out="$(grep -lE '"([.][.]/unit/)?(child|causal)[.]hpp"|<(sys/|unistd|fcntl|pthread|dlfcn|signal[.]h)' unit/*.cpp race/*.cpp | tr '\n' ' ')"
    # The clock of the time that a process has used counts in hundredths of a second.
    left_out="$left_out unit/growth.cpp"
    # g++ frees the memory of thread_local objects there before it calls their destructors.
    tests='~destructors of thread_local*'
    ;;
  *)
    echo "port.sh: no port is called '$name'" >&2
    exit 2
    ;;
esac
for tool in "$cxx" ${run%% *}; do
  command -v "$tool" > /dev/null || { echo "$name: skipped, $tool is not installed"; exit 77; }
done

# Catch2 2 and fmt are headers alone, and the same for all systems.
mkdir -p "$work/headers"
for package in catch2 fmt; do
  if [ -d /usr/include/$package ]; then ln -sfn /usr/include/$package "$work/headers/$package"; fi
done
warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
# g++ 12 warns without reason in std::string, bug 105651, and of what an empty std::optional holds, bug 80635.
case $cxx in *clang*) ;; *) warnings="$warnings -Wno-restrict -Wno-maybe-uninitialized" ;; esac
compile="$cxx -std=c++20 -O1 -g0 -pthread $warnings $flags -DFMT_HEADER_ONLY -I../include -I. -isystem $work/headers"

# program <name> <options> <files>: compiled several files at once, linked
program() {
  what=$1
  options=$2
  shift 2
  rm -rf "${work:?}/$what"
  mkdir -p "$work/$what"
  batch=0
  count=0
  for file in "$@"; do
    case " $left_out " in *" $file "*) continue ;; esac
    [ $((count % 9)) != 0 ] || batch=$((batch + 1))
    count=$((count + 1))
    echo "#include \"$PWD/$file\"" >> "$work/$what/$batch.cpp"
  done
  for batch in "$work/$what"/*.cpp; do echo "$batch"; done |
    xargs -P "$jobs" -I '{}' sh -c "$compile $options -c {} -o {}.o"
  $compile "$work/$what"/*.o "$work"/catch_main.o -o "$work/$what/$what.exe"
}
# run_catch <name>: its last line, which is not there if it crashes; what an emulator returns then may be 0
run_catch() {
  what=$1
  status=0
  # shellcheck disable=SC2086  # a list of words
  timeout 900 $run "$work/$what/$what.exe" ${tests:+"$tests"} > "$work/$what.log" 2>&1 || status=$?
  sum=$(grep -aE 'assertions|test cases' "$work/$what.log" | tail -n 1 | tr -d '\r')
  echo "$name: $what: $sum"
  if [ $status != 0 ] || [ -z "$sum" ]; then
    tail -n 60 "$work/$what.log" >&2
    failed="$failed $what"
  fi
}

failed=''
umbrella() {
  $compile umbrella/one.cpp umbrella/two.cpp -o "$work/umbrella.exe"
  $compile ../examples/ping_pong.cpp -o "$work/ping_pong.exe"
  # shellcheck disable=SC2086
  $run "$work/umbrella.exe"
  # shellcheck disable=SC2086
  $run "$work/ping_pong.exe" > "$work/ping_pong.log"
  said=$(tr -d '\r' < "$work/ping_pong.log" | tr '\n' ' ')
  echo "$name: umbrella: $said"
  [ "$said" = 'ping pong ping pong ' ] || failed="$failed umbrella"
}
unit() {
  program unit '' unit/*.cpp
  run_catch unit
}
electron() {
  program electron '' electron/*.cpp
  run_catch electron
}
race() {
  export TINCAN_RACE_MESSAGES=20000
  program race '' race/*.cpp
  run_catch race
}
testing() {
  program testing '-include tincan/testing.hpp -include tincan/testing/catch.hpp' testing/*.cpp
  run_catch testing
}

[ $# -gt 0 ] || set -- umbrella unit electron race testing
[ "$*" = umbrella ] || $compile -w -c catch_main.cpp -o "$work/catch_main.o"
for one in "$@"; do $one; done
[ -z "$failed" ] || { echo "$name: failed:$failed" >&2; exit 1; }

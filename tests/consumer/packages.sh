#!/bin/sh
# The ways to take tincan into a program, each from a copy of this tree, in a folder of its own that is new, to programs
# that say "ping pong ping pong". A line for each; a way whose tool is not installed is skipped.
#   usage: packages.sh [ways]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
all='installed subdirectory fetched pkg_config meson_subproject meson_installed one_header conan vcpkg bazel'
jobs=${TINCAN_JOBS:-2}
export CMAKE_BUILD_PARALLEL_LEVEL="$jobs" CMAKE_GENERATOR=Ninja
compiler=${CXX:-g++}
export CXX="$compiler"

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT  # Bazel makes folders read-only
trap 'exit 1' HUP INT TERM
tree=$work/tincan
mkdir "$tree"
cd "$here/../.."
packed='CMakeLists.txt meson.build MODULE.bazel BUILD.bazel include tests/amalgamated tests/consumer tests/expect_output.cmake'
# shellcheck disable=SC2086  # a list of words
tar -cf - $packed | tar -xf - -C "$tree"
consumer=$tree/tests/consumer

# ---- each way, in its folder --------------------------------------------------------------------

# Each begins with way_, so that none has the name of its tool.
build_by_cmake() {
  cmake -S "$tree" -B build -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 \
    -DTINCAN_BUILD_TESTS=OFF -DTINCAN_BUILD_EXAMPLES=OFF -DTINCAN_BUILD_BENCHMARKS=OFF
  cmake --build build
}
check_by_cmake() {
  cmake -DWAY="$1" -DCOMPILER="$compiler" -DGENERATOR=Ninja -DSOURCE_DIR="$tree" -DBUILD_DIR="$PWD/build" \
    -DWORK_DIR="$PWD/consumer" -P "$consumer/check.cmake"
}
check_both() {  # <folder of the programs>
  for program in consumer consumer_compiled; do
    sh "$consumer/says.sh" "$1/$program"
  done
}

way_installed() {
  build_by_cmake
  check_by_cmake installed
}
way_subdirectory() { check_by_cmake subdirectory; }
way_fetched() { check_by_cmake fetched; }

way_pkg_config() {
  build_by_cmake
  cmake --install build --prefix "$PWD/first"
  mv first prefix  # the files do not say where they were installed
  sh "$consumer/pkg_config.sh" "$PWD/prefix" "$compiler" programs tincan tincan-compiled
}

build_by_meson() {  # <source> <folder to build in> <options> ...
  from=$1
  to=$2
  shift 2
  meson setup --buildtype=plain "$@" "$to" "$from"
  meson compile -C "$to" -j "$jobs"
}
way_meson_subproject() {
  cp -R "$consumer" app
  cp -R "$tree" app/subprojects/tincan
  build_by_meson app build --force-fallback-for=tincan,tincan-compiled
  check_both build
}
way_meson_installed() {
  build_by_meson "$tree" tincan --prefix "$PWD/prefix"
  meson install -C tincan
  sh "$consumer/pkg_config.sh" "$PWD/prefix" "$compiler" programs tincan tincan-compiled
  file=$(find prefix -name tincan.pc)
  export PKG_CONFIG_PATH="$PWD/${file%/*}"
  build_by_meson "$consumer" build --wrap-mode=nofallback
  check_both build
}

way_one_header() {
  sh "$tree/tests/amalgamated/amalgamate.sh" "$tree/include" tincan.hpp
  sed 's|<tincan/tincan.hpp>|"tincan.hpp"|' "$consumer/main.cpp" > main.cpp
  "$compiler" -std=c++20 -O0 -pthread main.cpp -o program
  sh "$consumer/says.sh" ./program
}

way_conan() {
  export CONAN_HOME="$PWD/home"
  conan profile detect
  for compiled in False True; do
    conan create "$consumer/packaging/conan" -s compiler.cppstd=20 -s build_type=Debug \
      -o "&:compiled=$compiled" -c tools.build:jobs="$jobs" -c tools.cmake.cmaketoolchain:generator=Ninja
  done
}

way_vcpkg() {
  export VCPKG_MAX_CONCURRENCY="$jobs" VCPKG_DISABLE_METRICS=1
  vcpkg install tincan --classic --overlay-ports="$consumer/packaging/vcpkg" --binarysource=clear \
    --x-install-root="$PWD/installed" --x-buildtrees-root="$PWD/trees" --x-packages-root="$PWD/packages"
  cmake -S "$consumer" -B build -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 \
    -DCMAKE_PREFIX_PATH="$(echo "$PWD"/installed/*-linux)"
  cmake --build build
  check_both build
}

way_bazel() {  # tests/consumer/MODULE.bazel finds ../tincan
  cp -R "$tree" tincan
  cp -R "$consumer" app
  case $(bazel --version) in
    *' '[7-9].* | *' '[1-9][0-9].*) ;;
    *) before_modules ;;
  esac
  cd app
  bazel --batch --output_user_root="$work/bazel_root" build --jobs="$jobs" --cxxopt=-std=c++20 \
    //:consumer //:consumer_compiled
  check_both bazel-bin
}
# For Debian's Bazel 4, which does not read MODULE.bazel: folders in the place of the rules that it would download.
before_modules() {
  touch tincan/WORKSPACE
  echo 'local_repository(name = "tincan", path = "../tincan")' > app/WORKSPACE
  while read -r language rules; do
    mkdir -p "rules_$language/$language"
    touch "rules_$language/WORKSPACE" "rules_$language/$language/BUILD"
    for rule in $rules; do echo "$rule = native.$rule"; done > "rules_$language/$language/defs.bzl"
    echo "local_repository(name = \"rules_$language\", path = \"../rules_$language\")" >> app/WORKSPACE
  done <<'END'
cc cc_binary cc_library cc_proto_library cc_toolchain cc_toolchain_suite
java java_binary java_import java_library java_runtime java_toolchain
proto proto_library
END
}

# ---- one line each --------------------------------------------------------------------------------

# What a way lacks here, if anything.
lacks() {
  case $1 in
    pkg_config) tools=pkg-config ;;
    meson_*) tools='meson pkg-config' ;;
    conan | vcpkg | bazel) tools=$1 ;;
    *) tools=cmake ;;
  esac
  for tool in $tools; do
    command -v "$tool" > /dev/null || echo "there is no $tool"
  done
}

# shellcheck disable=SC2086  # a list of words
[ $# -gt 0 ] || set -- $all
failed=''
for way in "$@"; do
  case " $all " in
    *" $way "*) ;;
    *) echo "there is no way called $way" >&2; exit 1 ;;
  esac
  lacking=$(lacks "$way")
  if [ -n "$lacking" ]; then
    echo "$way: skipped, $lacking"
    continue
  fi
  mkdir "$work/$way"
  start=$(date +%s)
  # Not behind "if" or "||": there "set -e" would do nothing.
  set +e
  (set -e; cd "$work/$way"; "way_$way") > "$work/$way.log" 2>&1
  status=$?
  set -e
  if [ $status = 0 ]; then
    echo "$way: passed, $(($(date +%s) - start)) s"
  else
    tail -n 60 "$work/$way.log" >&2
    echo "$way: failed"
    failed="$failed $way"
  fi
done
[ -z "$failed" ] || { echo "packages.sh: failed:$failed" >&2; exit 1; }

# Compiles the umbrella into the folder PRECOMPILED, for check.cmake.
# COMPILER, INCLUDES, NO_RTTI and SEPARATELY come from the build.
set(target "${PRECOMPILED}")
unset(PRECOMPILED CACHE)
include(${CMAKE_CURRENT_LIST_DIR}/flags.cmake)
execute_process(COMMAND "${COMPILER}" --version OUTPUT_VARIABLE version COMMAND_ERROR_IS_FATAL ANY)
set(suffix gch)
if(version MATCHES "clang")
  set(suffix pch)
endif()
file(REMOVE_RECURSE "${target}")
# Not the umbrella itself: its `#pragma once` would get a warning.
file(WRITE "${target}/tincan/tincan.hpp" "#include \"${INCLUDES}/tincan/tincan.hpp\"\n")
execute_process(
  COMMAND "${COMPILER}" ${flags} -x c++-header "${target}/tincan/tincan.hpp"
    -o "${target}/tincan/tincan.hpp.${suffix}"
  COMMAND_ERROR_IS_FATAL ANY)

# Compiles the umbrella into the folder PRECOMPILED, for check.cmake, and with g++ all files here as one, whose errors
# it leaves there in together.log, each behind the name of the file that it is of.
# COMPILER, INCLUDES, NO_RTTI and SEPARATELY come from the build.
set(target "${PRECOMPILED}")
unset(PRECOMPILED CACHE)
include(${CMAKE_CURRENT_LIST_DIR}/flags.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/expected.cmake)
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

if(suffix STREQUAL "pch")
  return()  # clang says last what an error is of
endif()

# An instantiation that several files share is told of once; so the others come together again.
file(GLOB left "${CMAKE_CURRENT_LIST_DIR}/*.cpp")
set(left_before "")
set(log "${target}/together.log")
file(WRITE "${log}" "")
while(NOT left STREQUAL left_before)
  set(left_before "${left}")
  set(includes "#include <tincan/tincan.hpp>\n")
  set(cases "")
  foreach(source IN LISTS left)
    file(STRINGS "${source}" included REGEX "^#include")
    list(REMOVE_ITEM included "#include <tincan/tincan.hpp>")
    if(included MATCHES "<tincan/")
      continue()  # of more than the umbrella
    endif()
    list(TRANSFORM included REPLACE "\"(.*)\"" "\"${CMAKE_CURRENT_LIST_DIR}/\\1\"")
    list(JOIN included "\n" included)
    cmake_path(GET source STEM stem)
    string(APPEND includes "${included}\n")
    string(APPEND cases "namespace of_${stem} {\n#include \"${source}\"\n}\n")
  endforeach()
  file(WRITE "${target}/together.cpp" "${includes}${cases}")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C "${COMPILER}" ${flags} "-I${target}" -fsyntax-only "${target}/together.cpp"
    ERROR_FILE "${target}/together.err")
  execute_process(
    COMMAND awk -v "folder=${CMAKE_CURRENT_LIST_DIR}/" -f "${CMAKE_CURRENT_LIST_DIR}/together.awk" "${target}/together.err"
    OUTPUT_VARIABLE errors COMMAND_ERROR_IS_FATAL ANY)
  file(APPEND "${log}" "${errors}")
  foreach(source IN LISTS left)
    expected_sentence("${source}" sentence)
    is_said_among_others("${source}" "${sentence}" "${log}" is_said)
    if(is_said)
      list(REMOVE_ITEM left "${source}")
    endif()
  endforeach()
endwhile()

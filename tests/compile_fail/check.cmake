# SOURCE must not compile, and the compiler must say what its first line expects.
# COMPILER, INCLUDES, NO_RTTI and SEPARATELY come from the build; PRECOMPILED, if it is set, is the folder that
# precompile.cmake has filled.
include(${CMAKE_CURRENT_LIST_DIR}/expected.cmake)
expected_sentence("${SOURCE}" sentence)
if(PRECOMPILED AND EXISTS "${PRECOMPILED}/together.log")
  is_said_among_others("${SOURCE}" "${sentence}" "${PRECOMPILED}/together.log" is_said)
  if(is_said)
    return()
  endif()
endif()

include(${CMAKE_CURRENT_LIST_DIR}/flags.cmake)
list(APPEND flags -fsyntax-only)
# LC_ALL=C: plain quotes in g++'s messages, as in clang's.
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C "${COMPILER}" ${flags} "${SOURCE}"
  OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE result)

if(result EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles, but must not")
endif()
string(FIND "${output}" "error: " is_error)
string(FIND "${output}" "${sentence}" position)
if(is_error EQUAL -1 OR position EQUAL -1)
  message(FATAL_ERROR "${SOURCE}: the compiler does not say '${sentence}', but:\n${output}")
endif()

# SOURCE must not compile, and the compiler must say what the first line expects:
#   // expect: a sentence, word for word
# COMPILER, INCLUDES, NO_RTTI and SEPARATELY come from the build; PRECOMPILED, if it is set, is the folder that
# precompile.cmake has made.
file(STRINGS "${SOURCE}" first LIMIT_COUNT 1)
if(NOT first MATCHES "^// expect: (.+)$")
  message(FATAL_ERROR "${SOURCE}: the first line is not '// expect: <sentence>'")
endif()
set(sentence "${CMAKE_MATCH_1}")

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

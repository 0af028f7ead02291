# The checker itself: takes what fails as expected, refuses all else.
function(expect verdict name content)  # and then options
  file(WRITE "${WORK_DIR}/${name}.cpp" "${content}")
  execute_process(
    COMMAND ${CMAKE_COMMAND} ${ARGN} "-DCOMPILER=${COMPILER}" "-DINCLUDES=${INCLUDES}" "-DNO_RTTI=${NO_RTTI}"
      "-DSEPARATELY=${SEPARATELY}"
      "-DSOURCE=${WORK_DIR}/${name}.cpp" -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/check.cmake"
    RESULT_VARIABLE result OUTPUT_QUIET ERROR_VARIABLE output)
  if((verdict STREQUAL "pass") AND NOT (result EQUAL 0))
    message(FATAL_ERROR "${name}: refused, but should pass:\n${output}")
  elseif((verdict STREQUAL "fail") AND (result EQUAL 0))
    message(FATAL_ERROR "${name}: passed, but should be refused")
  endif()
endfunction()

expect(pass right "// expect: a sentence\nstatic_assert(false, \"a sentence\");\n")
expect(fail compiles "// expect: a sentence\nint main() {}\n")
expect(fail other_message "// expect: a sentence\nstatic_assert(false, \"another\");\n")
expect(fail missing_header "// expect: a sentence\n#include <tincan/no_such_header.hpp>\n")
expect(fail no_expectation "static_assert(false, \"a sentence\");\n")

# Of what was compiled together, only what is said of this file counts.
file(WRITE "${WORK_DIR}/together/together.log" "others: error: a sentence\nwith_others: error: a sentence\n")
expect(pass with_others "// expect: a sentence\nint main() {}\n" "-DPRECOMPILED=${WORK_DIR}/together")
expect(fail with "// expect: a sentence\nint main() {}\n" "-DPRECOMPILED=${WORK_DIR}/together")
expect(fail others "// expect: another sentence\nint main() {}\n" "-DPRECOMPILED=${WORK_DIR}/together")

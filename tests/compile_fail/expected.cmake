# What a file here expects: its first line is
#   // expect: a sentence, word for word
function(expected_sentence source result)
  file(STRINGS "${source}" first LIMIT_COUNT 1)
  if(NOT first MATCHES "^// expect: (.+)$")
    message(FATAL_ERROR "${source}: the first line is not '// expect: <sentence>'")
  endif()
  set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()

# Whether the log of what was compiled together, see precompile.cmake, has it in an error of this file.
function(is_said_among_others source sentence log result)
  cmake_path(GET source STEM stem)
  file(STRINGS "${log}" errors REGEX "^${stem}: ")
  string(FIND "${errors}" "${sentence}" position)
  if(position EQUAL -1)
    set(${result} FALSE PARENT_SCOPE)
  else()
    set(${result} TRUE PARENT_SCOPE)
  endif()
endfunction()

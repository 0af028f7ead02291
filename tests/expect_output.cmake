# Runs PROGRAM with ARGUMENTS, a list that may be empty; it must succeed and print exactly EXPECTED.
string(REPLACE "\\n" "\n" EXPECTED "${EXPECTED}")
execute_process(COMMAND "${PROGRAM}" ${ARGUMENTS} OUTPUT_VARIABLE output RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${result} after:\n${output}")
endif()
if(NOT output STREQUAL EXPECTED)
  message(FATAL_ERROR "${PROGRAM} printed:\n${output}\nexpected:\n${EXPECTED}")
endif()

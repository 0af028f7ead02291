# Builds and runs the consumer in WORK_DIR, with tincan "installed" there or as a "subdirectory".
file(REMOVE_RECURSE "${WORK_DIR}")

function(run)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${result}:\n${output}")
  endif()
endfunction()

if(WAY STREQUAL "installed")
  if(CONFIG)
    set(config --config ${CONFIG})
  endif()
  run(${CMAKE_COMMAND} --install "${BUILD_DIR}" --prefix "${WORK_DIR}/prefix" ${config})
  set(tincan "-DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix")
else()
  set(tincan "-DTINCAN_SOURCE_DIR=${SOURCE_DIR}")
endif()
run(${CMAKE_COMMAND} -S "${CMAKE_CURRENT_LIST_DIR}" -B "${WORK_DIR}/build" -G "${GENERATOR}"
  "-DCMAKE_CXX_COMPILER=${COMPILER}" -DCMAKE_BUILD_TYPE=Debug
  -DCMAKE_CXX_FLAGS_DEBUG=-O0 "${tincan}")
run(${CMAKE_COMMAND} --build "${WORK_DIR}/build" --config Debug)

set(EXPECTED "ping\npong\nping\npong\n")
foreach(consumer IN ITEMS consumer consumer_compiled)
  unset(PROGRAM CACHE)
  find_program(PROGRAM ${consumer} PATHS "${WORK_DIR}/build" "${WORK_DIR}/build/Debug" NO_DEFAULT_PATH)
  include("${CMAKE_CURRENT_LIST_DIR}/../expect_output.cmake")
endforeach()

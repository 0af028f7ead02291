# How the files here are compiled. g++ takes the precompiled umbrella where it would look for the umbrella,
# and warns if it cannot; clang wants to be told.
set(flags -std=c++20)
if(NO_RTTI)
  list(APPEND flags -fno-rtti)
endif()
if(PRECOMPILED)
  if(EXISTS "${PRECOMPILED}/tincan/tincan.hpp.pch")
    list(APPEND flags -include-pch "${PRECOMPILED}/tincan/tincan.hpp.pch")
  else()
    list(APPEND flags -Winvalid-pch "-I${PRECOMPILED}")
  endif()
endif()
list(APPEND flags "-I${INCLUDES}")

// tests/fuzz/fuzz.cpp - one input is one program
//
// With clang a target of libFuzzer (-fsanitize=fuzzer); without, see main.cpp.
#include "program.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size) {
  if (size > 4096) return 0;
  fuzz::Program(bytes, size).run();
  fuzz::expect(fuzz::Counted::alive == 0, "objects live on");
  return 0;
}

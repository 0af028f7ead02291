// tests/fuzz/main.cpp - without libFuzzer: random programs for so many seconds, or those of files
//
//   tincan_fuzz [SECONDS [SEED]]     TINCAN_FUZZ_SECONDS (10), TINCAN_FUZZ_SEED (the clock)
//   tincan_fuzz FILE...
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size);

namespace {

constexpr unsigned MostSeconds = 20;  // for one program
std::vector<std::uint8_t> input;

void runInput() {
  alarm(MostSeconds);
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

/// Called on the way out of the process: says which program it was.
void tellInput(int signal) {
  char const* const why = signal == SIGALRM ? "fuzz: hangs" : "fuzz: fails";
  std::fprintf(stderr, "%s, with the input that is written to fuzz-failure.bin\n", why);
  std::ofstream("fuzz-failure.bin", std::ios::binary)
      .write(reinterpret_cast<char const*>(input.data()),
             static_cast<std::streamsize>(input.size()));
  _exit(1);
}

int runFiles(int count, char** names) {
  for (int i = 0; i < count; ++i) {
    std::ifstream file(names[i], std::ios::binary);
    input.assign(std::istreambuf_iterator<char>(file), {});
    runInput();
  }
  return 0;
}

std::uint64_t setting(char const* text, char const* variable, std::uint64_t otherwise) {
  if (text == nullptr) text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGABRT, tellInput);
  std::signal(SIGALRM, tellInput);
  std::signal(SIGSEGV, tellInput);
  bool const isNumber = argc < 2 || std::strspn(argv[1], "0123456789") == std::strlen(argv[1]);
  if (!isNumber) return runFiles(argc - 1, argv + 1);
  using Clock = std::chrono::steady_clock;
  auto const now = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
  auto const seconds = setting(argc > 1 ? argv[1] : nullptr, "TINCAN_FUZZ_SECONDS", 10);
  auto const seed = setting(argc > 2 ? argv[2] : nullptr, "TINCAN_FUZZ_SEED", now % 1'000'000);
  std::printf("fuzz: %llu s, seed %llu\n", static_cast<unsigned long long>(seconds),
              static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  std::mt19937_64 random(seed);
  auto const end = Clock::now() + std::chrono::seconds(seconds);
  long programs = 0;
  for (; Clock::now() < end; ++programs) {
    input.resize(8 + random() % 400);
    for (auto& byte : input) byte = static_cast<std::uint8_t>(random());
    runInput();
  }
  std::printf("%ld programs, none fails\n", programs);
}

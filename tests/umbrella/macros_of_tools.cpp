// tests/umbrella/macros_of_tools.cpp - the trace and the test kit among macros
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <compare>
#include <concepts>
#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <numeric>
#include <optional>
#include <ostream>
#include <set>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>
#include <version>

#include "macros.hpp"

#undef require  // which the kit's users write themselves

#include <tincan/testing.hpp>
#include <tincan/trace.hpp>

int main() {
  int got = 0;
  auto const result = tincan::testing::explore([&](tincan::testing::Simulation& sim) {
    sim.bus().main().on("x", [&](int number) { got = number; });
    sim.spawn("window", [](tincan::Renderer& ipc) { ipc.send("x", 1); });
  });
  tincan::Bus bus;
  tincan::Trace const trace(bus);
  bus.attach("window").send("x", 1);
  return got == 1 && result.complete && trace.log().events.size() == 2 ? 0 : 1;
}

// tests/umbrella/macros.cpp - the umbrella among macros
#include <algorithm>
#include <chrono>
#include <coroutine>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "macros.hpp"

#include <tincan/tincan.hpp>

int main() {
  int got = 0;
  tincan::Bus bus;
  bus.main().on("x", [&](int number) { got = number; });
  bus.main().handle("h", [](int number) { return number; });
  auto window = bus.attach("window");
  window.send("x", 1);
  auto answer = window.invoke<int>("h", 2);
  bus.main().poll();
  return got == 1 && answer.get() == 2 ? 0 : 1;
}

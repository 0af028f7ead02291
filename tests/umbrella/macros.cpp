// The header between the macros of engines and systems: Unreal Engine's check and verify, Apple's
// require and check, windows.h's min and max, X11's None and Always, Qt's slots and emit.
#include <algorithm>  // the standard library does not take min and max as macros either
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

// clang-format off
#define check(expression) { if (!(expression)) { __builtin_trap(); } }
#define verify(expression) { if (!(expression)) { __builtin_trap(); } }
#define ensure(expression) (expression)
#define require(assertion, label) do { if (!(assertion)) goto label; } while (0)
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define TEXT(text) L##text
#define PI 3.14f
#define UI UI_ST
#define interface struct
#define small char
#define near
#define far
#define ERROR 0
#define IN
#define OUT
#define VOID void
#define CONST const
#define DELETE 0x00010000L
#define STRICT 1
#define IGNORE 0
#define OPTIONAL
#define None 0L
#define Always 2
#define Bool int
#define Status int
#define True 1
#define False 0
#define Success 0
#define CurrentTime 0L
#define Above 0
#define Below 1
#define KeyPress 2
#define Expose 12
#define Complex 0
#define Unsorted 0
#define slots
#define signals public
#define emit
#define foreach(variable, container) for (variable : container)
#define forever for (;;)
// clang-format on
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

// tests/unit/allocations.hpp - what this program takes from operator new, see cost.cpp
#pragma once

#include <cstdint>
#include <new>
#include <string>

namespace test {

/// False in a build whose operators are a sanitizer's.
bool countsAllocations();
/// How often any thread has called operator new.
std::int64_t allocationCount();
/// Taken and not yet given back, as malloc rounds it.
std::int64_t allocatedBytes();

/// Of the calling thread's next calls of operator new the n-th throws std::bad_alloc, and with `all`
/// each one after it. 0: none does.
void failAllocation(std::int64_t n, bool all = false);

/// Has the calling thread call the function in each of its calls of operator new, but not inside of
/// the function itself. Null: no function.
void onAllocation(void (*function)());

/// Calls the function with the n-th allocation failing. False if std::bad_alloc has left it.
template <class F>
bool runsWithout(std::int64_t n, bool all, F&& function) {
  struct Disarm {
    ~Disarm() { failAllocation(0); }
  } const guard;
  failAllocation(n, all);
  try {
    function();
    return true;
  } catch (std::bad_alloc const&) {
    return false;
  }
}

/// A channel's name that needs memory of its own.
inline std::string const LongName =
    "a channel with a long name, so that it needs memory of its own";
/// One of many names.
inline std::string channelNumber(int i) { return "channel " + std::to_string(i); }

}  // namespace test

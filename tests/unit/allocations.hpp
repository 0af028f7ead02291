// tests/unit/allocations.hpp - what this program takes from operator new; see cost.cpp
#pragma once

#include <cstdint>

namespace test {

/// False in a build whose operators are a sanitizer's.
bool countsAllocations();
/// How often any thread has called operator new.
std::int64_t allocationCount();
/// Taken and not yet given back, as malloc rounds it.
std::int64_t allocatedBytes();

}  // namespace test

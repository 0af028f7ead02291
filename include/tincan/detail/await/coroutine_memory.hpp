// tincan/detail/await/coroutine_memory.hpp - memory for coroutines with aligned values
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

namespace tincan::inline abi0::detail {

/// Gives a coroutine memory in which everything is aligned, also what needs more than the usual
/// alignment: compilers place it so, but ask for memory without saying so. A base of its promise.
template <std::size_t Alignment>
struct CoroutineMemory {
  static void* operator new(std::size_t size) {
    auto* const memory = static_cast<std::byte*>(::operator new(size + Alignment));
    auto const address = reinterpret_cast<std::uintptr_t>(memory);
    std::byte* const aligned = memory + (Alignment - address % Alignment);
    *before(aligned) = memory;
    return aligned;
  }
  static void operator delete(void* aligned) noexcept { ::operator delete(*before(aligned)); }

 protected:
  ~CoroutineMemory() = default;

 private:
  static_assert(Alignment > __STDCPP_DEFAULT_NEW_ALIGNMENT__ &&
                __STDCPP_DEFAULT_NEW_ALIGNMENT__ >= sizeof(void*));
  static void** before(void* aligned) noexcept { return static_cast<void**>(aligned) - 1; }
};

}  // namespace tincan::inline abi0::detail

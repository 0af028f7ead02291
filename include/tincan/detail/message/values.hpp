// tincan/detail/message/values.hpp - some values beside one another
#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace tincan::inline abi0::detail {

/// The value at the place I among others.
template <std::size_t I, class T>
struct ValueAt {
  T value;
};

/// Values of the types T, each in a base class of its own: what a std::tuple is, for a compiler that has
/// many of them to read. An aggregate, made by makeAt() and makeOnHeap() in one step: clang 14 copies a base class
/// that is given as a whole.
template <class Indices, class... T>
struct IndexedValues;
template <std::size_t... I, class... T>
struct IndexedValues<std::index_sequence<I...>, T...> : ValueAt<I, T>... {
  /// Makes the values at that place of the heap or of some storage, each from one argument, as a T(argument).
  template <class... A>
  [[gnu::always_inline]] static IndexedValues* makeAt(void* at, A&&... from) {
    return ::new (at) IndexedValues{{static_cast<T>(static_cast<A&&>(from))}...};
  }
  /// Makes the values on the heap, as makeAt().
  template <class... A>
  [[gnu::always_inline]] static IndexedValues* makeOnHeap(A&&... from) {
    return ::new IndexedValues{{static_cast<T>(static_cast<A&&>(from))}...};
  }

  /// The address of the value at that index, of the values at `at`.
  static void* address([[maybe_unused]] void* at, std::size_t index) noexcept {
    // A value is the first thing in its base class, which no operator& of the user's can hide.
    void* const addresses[] = {static_cast<ValueAt<I, T>*>(static_cast<IndexedValues*>(at))...,
                               nullptr};
    return addresses[index];
  }
};

template <class... T>
using Values = IndexedValues<std::index_sequence_for<T...>, T...>;

/// The value at the place I, as a std::get.
template <std::size_t I, class T>
[[gnu::always_inline]] constexpr T& valueAt(ValueAt<I, T>& values) noexcept {
  return values.value;
}

}  // namespace tincan::inline abi0::detail

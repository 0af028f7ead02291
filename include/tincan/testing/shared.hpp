// tincan/testing/shared.hpp - an object that endpoints share besides their messages
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/engine.hpp>
#include <tincan/testing/detail/report/printed.hpp>
#include <tincan/testing/detail/simulate/shared_numbers.hpp>

namespace tincan::inline abi0::testing {
namespace detail {

/// The number of an object that is being made; 0 stands for all that are made outside of an exploration.
inline std::uint64_t numberOfShared() noexcept {
  tincan::detail::Driver* const driver = tincan::detail::driverHere();
  return driver == nullptr ? SharedNumbers::next() : driver->effects.makesShared();
}

/// The calling code is about to use that object: in a simulation others may go first.
inline void noteUseOfShared(std::uint64_t number, bool changes) {
  tincan::detail::Driver* const driver = tincan::detail::driverHere();
  if (driver == nullptr) return;
  driver->executor.mayInterrupt();
  driver->effects.usesShared(number, changes);
}

/// While it lives, the calling code uses that object, whose number and value these are.
template <class T>
class UseOfShared {
 public:
  UseOfShared(std::uint64_t number, bool changes, T const& value)
      : number_(number), changes_(changes), value_(value) {
    noteUseOfShared(number, changes);
  }
  UseOfShared(UseOfShared const&) = delete;
  UseOfShared& operator=(UseOfShared const&) = delete;
  ~UseOfShared() {
    tincan::detail::Driver* const driver = tincan::detail::driverHere();
    if (driver == nullptr) return;
    try {
      driver->effects.hasUsedShared(number_, changes_, [this] { return printed(value_); });
    } catch (...) {  // what prints it throws: then it is not shown
    }
  }

 private:
  std::uint64_t const number_;
  bool const changes_;
  T const& value_;
};

}  // namespace detail

/// A T that the code of several endpoints uses. explore() sees reads and writes, and so tries all orders of them that
/// differ; of an object that is not wrapped it sees nothing. What a function given to read() or write() does is one
/// access: nobody comes between, unless it calls the bus.
///
///   Threads   Outside of a simulation it is a plain T, without any synchronisation of its own. Races of threads on it
///             are not what explore() finds: there one access comes after another.
///   Lifetime  Made by the test's function or in what that runs, anew for each run. (Those that are made elsewhere are
///             taken for one and the same object.)
///   Errors    Error(Closed), from reads without an end in a simulation that is over.
template <class T>
class Shared {
 public:
  /// Holds a T that is made without a value.
  Shared() = default;
  /// Holds that value. Making it is no access.
  explicit Shared(T value) : value_(std::move(value)) {}
  Shared(Shared const&) = delete;
  Shared& operator=(Shared const&) = delete;

  /// Calls the function with the T, which it only looks at, and returns what it does.
  template <class F>
  decltype(auto) read(F&& function) const {
    detail::UseOfShared<T> const use(number_, false, value_);
    return std::invoke(std::forward<F>(function), std::as_const(value_));
  }
  /// Calls the function with the T, which it may change, and returns what it does.
  template <class F>
  decltype(auto) write(F&& function) {
    detail::UseOfShared<T> const use(number_, true, value_);
    return std::invoke(std::forward<F>(function), value_);
  }

  /// Returns a copy.
  T load() const {
    return read([](T const& value) { return value; });
  }
  /// Assigns another value.
  void store(T value) {
    write([&](T& mine) { mine = std::move(value); });
  }

 private:
  T value_{};
  std::uint64_t const number_ = detail::numberOfShared();
};

}  // namespace tincan::inline abi0::testing

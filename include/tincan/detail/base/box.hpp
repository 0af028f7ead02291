// tincan/detail/base/box.hpp - storage for one value without its type
//
//   Threads   One at a time.
//   Progress  Allocates for a value that does not fit in place.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <tincan/detail/base/type_info.hpp>

namespace tincan::inline abi0::detail {

/// The number of bytes that fit a message or an answer in place; larger values go to the heap.
inline constexpr std::size_t InPlace = 40;

/// True if a T lies in place, where it can be moved without a throw.
template <class T>
inline constexpr bool FitsInPlace =
    sizeof(T) <= InPlace && alignof(T) <= alignof(void*) && std::is_nothrow_move_constructible_v<T>;

/// True if a T in a box needs no end.
template <class T>
inline constexpr bool NeedsNoEnd = FitsInPlace<T>&& std::is_trivially_destructible_v<T>;

/// The operations for values of one type.
struct BoxOps {
  TypeInfo const* type;
  void (*destroy)(void* storage) noexcept;  // null if there is nothing to do
  // Moves what is stored, and destroys what is left in `from`; null if its bytes are all of it.
  void (*move)(void* from, void* to) noexcept;
  bool isInPlace;  // the value is what is stored; else that is a pointer to it
};

// ::new and ::delete, as for whatever is of a user's type: its class may have operators of its own, which
// are for other memory.
template <class T>
struct BoxOpsOf {
  static void destroy(void* storage) noexcept {
    if constexpr (FitsInPlace<T>) static_cast<T*>(storage)->~T();
    else ::delete *static_cast<T**>(storage);
  }
  static void move(void* from, void* to) noexcept {
    T* const value = static_cast<T*>(from);
    ::new (to) T(static_cast<T&&>(*value));
    value->~T();
  }
  static constexpr BoxOps make() noexcept {
    BoxOps made{&typeInfo<T>, nullptr, nullptr, FitsInPlace<T>};
    if constexpr (!NeedsNoEnd<T>) made.destroy = &destroy;
    if constexpr (FitsInPlace<T> && !std::is_trivially_copyable_v<T>) made.move = &move;
    return made;
  }
  static constexpr BoxOps ops = make();
};

/// One value of any movable type, or nothing.
class Box {
 public:
  Box() noexcept = default;
  Box(Box&& other) noexcept { take(other); }
  Box(Box const&) = delete;
  Box& operator=(Box const&) = delete;
  Box& operator=(Box&& other) noexcept {
    if (this != &other) {
      clear();
      take(other);
    }
    return *this;
  }
  ~Box() { clear(); }

  /// Makes a T in an empty box. If that throws the box stays empty.
  template <class T, class... A>
  [[gnu::always_inline]] void emplace(A&&... arguments) {
    if constexpr (FitsInPlace<T>)
      ::new (static_cast<void*>(storage_)) T(static_cast<A&&>(arguments)...);
    else ::new (static_cast<void*>(storage_)) T*(::new T(static_cast<A&&>(arguments)...));
    ops_ = &BoxOpsOf<T>::ops;
  }

  void clear() noexcept {
    if (ops_ == nullptr) return;
    BoxOps const* const ops = std::exchange(ops_, nullptr);
    if (ops->destroy != nullptr) ops->destroy(storage_);
  }

  /// Ends the value, but for one that needs no end, which stays until the next emplace().
  void clearUnlessTrivial() noexcept {
    if (ops_ != nullptr && ops_->destroy != nullptr) clear();
  }

  bool empty() const noexcept { return ops_ == nullptr; }
  TypeInfo const* type() const noexcept { return ops_ == nullptr ? nullptr : ops_->type; }
  void* address() noexcept {
    if (ops_ == nullptr) return nullptr;
    return ops_->isInPlace ? storage_ : *std::launder(reinterpret_cast<void**>(storage_));
  }
  void const* address() const noexcept { return const_cast<Box*>(this)->address(); }

  /// True if it is exactly a T of this module.
  template <class T>
  [[gnu::always_inline]] bool holds() const noexcept {
    return ops_ == &BoxOpsOf<T>::ops;
  }
  /// The value, if holds<T>().
  template <class T>
  [[gnu::always_inline]] T& held() noexcept {
    if constexpr (FitsInPlace<T>) return *__builtin_launder(reinterpret_cast<T*>(storage_));
    else return **__builtin_launder(reinterpret_cast<T**>(storage_));
  }
  /// The value if it is exactly a T, else null.
  template <class T>
  [[gnu::always_inline]] T* as() noexcept {
    if (holds<T>()) [[likely]]
      return __builtin_addressof(held<T>());  // a T may have an operator& of its own
    return static_cast<T*>(addressOf(typeInfo<T>));
  }
  /// True if the value is of this type, perhaps of another module.
  [[gnu::noinline]] bool is(TypeInfo const& type) const noexcept {
    return ops_ != nullptr && sameType(*ops_->type, type);
  }
  /// The address of the value if it is of this type; else null.
  void* addressOf(TypeInfo const& type) noexcept { return is(type) ? address() : nullptr; }
  template <class T>
  T const* as() const noexcept {
    return const_cast<Box*>(this)->as<T>();
  }

  /// Moves the value out, and leaves the box empty, if it is a T or an arithmetic one that T can
  /// represent; else nothing happens.
  template <class T>
  std::optional<T> take() {
    std::optional<T> taken = moveOut<T>();
    if (taken.has_value()) clear();
    return taken;
  }

  /// Moves the value out as take() does, but leaves what was moved from in the box.
  template <class T>
  std::optional<T> moveOut() {
    std::optional<T> taken;
    if (T* const value = as<T>()) [[likely]]
      taken.emplace(std::move(*value));
    else if constexpr (Arithmetic<T>) taken = converted<T>();
    return taken;
  }

  /// The value as a T, if it is an arithmetic one that T can represent.
  template <Arithmetic T>
  std::optional<T> converted() const {
    if (ops_ == nullptr || ops_->type->readNumber == nullptr) return std::nullopt;
    Number any;
    ops_->type->readNumber(address(), any);
    T converted{};
    if (!any.to(converted)) return std::nullopt;
    return converted;
  }

  /// The name of the value's type, for people; "nothing" if there is none.
  std::string typeName() const {
    return ops_ == nullptr ? "nothing" : std::string(ops_->type->name);
  }

 private:
  void take(Box& other) noexcept {
    if (other.ops_ == nullptr) return;
    if (other.ops_->move != nullptr) other.ops_->move(other.storage_, storage_);
    else std::memcpy(storage_, other.storage_, InPlace);
    ops_ = std::exchange(other.ops_, nullptr);
  }

  alignas(void*) std::byte storage_[InPlace];
  BoxOps const* ops_ = nullptr;
};

}  // namespace tincan::inline abi0::detail

// tincan/detail/message/arguments.hpp - the arguments of a message, without their types
//
//   Threads   One at a time: the sender until it publishes the message, then the receiver.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/detail/base/box.hpp>
#include <tincan/detail/base/callable.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/message/values.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0::detail {

/// Where the arguments of a message lie: in its cell; in the cell of a send, but in an extra cell
/// before a request, whose own cell also holds the way back; or on the heap.
/// Wrong: beside the answer. Listeners use them after the answer has been given, and the requester
/// has gone on.
enum class Place : unsigned char { Cell, CellOrExtra, Heap };

/// The room for arguments in the cell of a request, which also holds one pointer.
inline constexpr std::size_t InPlaceOfRequest = InPlace - sizeof(void*);

/// The operations for the arguments of one list of types; known by its address.
struct ArgumentsOps {
  TypeInfo const* const* types;
  std::size_t count;
  Place place;
  bool hasPorts;                       // the last one, which is not counted, is a list of them
  bool endQuietly;                     // no code of the user's runs at their end, see EndsQuietly
  void (*destroy)(void* at) noexcept;  // null if there is nothing to do
  void* (*argument)(void* at, std::size_t index) noexcept;
  // Moves those that lie in a cell to another place; null if their bytes are all of them, or they lie on the heap.
  void (*move)(void* from, void* to) noexcept;
};

/// Those operations with the types themselves, of which there are so many.
template <std::size_t Types>
struct ArgumentsOpsOf : ArgumentsOps {
  template <class... Infos>
  constexpr ArgumentsOpsOf(std::size_t counted, Place where, bool withPorts, bool quietly,
                           void (*destroys)(void*) noexcept,
                           void* (*finds)(void*, std::size_t) noexcept,
                           void (*moves)(void*, void*) noexcept, Infos const*... infos) noexcept
      : ArgumentsOps{all, counted, where, withPorts, quietly, destroys, finds, moves},
        all{infos..., nullptr} {}

  TypeInfo const* all[Types + 1];
};

/// True for the list of ports that travels with a message, see MessagePort.
template <class T>
inline constexpr bool IsPortList = false;

/// True if a T is made from an A by no code of the user's, so that nothing can be sent meanwhile.
template <class T, class A>
inline constexpr bool IsMadeQuietly =
    std::is_trivially_copyable_v<T>&& std::is_trivially_constructible_v<T, A>;
template <class A>
inline constexpr bool IsMadeQuietly<std::string, A> =
    std::is_same_v<std::remove_cvref_t<A>, std::string> ||
    std::is_same_v<std::remove_cvref_t<A>, std::string_view> ||
    std::is_same_v<std::decay_t<A>, char const*> || std::is_same_v<std::decay_t<A>, char*>;

/// True if the end of a T calls no code of the user's, and nothing that others can see: it is plain data, or a container
/// of that.
template <class T>
inline constexpr bool EndsQuietly = std::is_trivially_destructible_v<T>;
template <class T>
requires std::is_same_v<typename T::allocator_type, std::allocator<typename T::value_type>>
inline constexpr bool EndsQuietly<T> = std::is_trivially_destructible_v<typename T::value_type>;

/// The operations for arguments of the types T, which lie on the heap if they must or `onHeap`.
template <bool onHeap, class... T>
struct PlacedArguments {
  using Tuple = Values<T...>;

  // What cannot be moved without a throw is made once, where it stays.
  static constexpr Place place = onHeap || alignof(Tuple) > CacheLine || sizeof(Tuple) > InPlace ||
                                         !(std::is_nothrow_move_constructible_v<T> && ...)
                                     ? Place::Heap
                                 : sizeof(Tuple) > InPlaceOfRequest ? Place::CellOrExtra
                                                                    : Place::Cell;

  /// True if each is made quietly from the A in its place, see IsMadeQuietly.
  template <class... A>
  static constexpr bool isMadeQuietlyFrom(TypeList<A...>) noexcept {
    if constexpr (sizeof...(A) == sizeof...(T)) return (IsMadeQuietly<T, A> && ...);
    else return false;
  }

  /// The arguments of a message, which lie in that memory or behind the pointer in it.
  static Tuple& in(std::byte* storage) noexcept {
    void* at = storage;
    if constexpr (place == Place::Heap) std::memcpy(&at, storage, sizeof(at));
    return *static_cast<Tuple*>(at);
  }

  static void destroy(void* at) noexcept {
    if constexpr (place == Place::Heap) ::delete static_cast<Tuple*>(at);
    else static_cast<Tuple*>(at)->~Tuple();
  }

  static void move(void* from, void* to) noexcept {
    ::new (to) Tuple(std::move(*static_cast<Tuple*>(from)));
  }
  static constexpr auto mover() noexcept -> void (*)(void*, void*) noexcept {
    if constexpr (place == Place::Heap || (std::is_trivially_copyable_v<T> && ...)) return nullptr;
    else return &move;
  }

  static constexpr bool isTrivial =
      place != Place::Heap && (std::is_trivially_destructible_v<T> && ...);
  static constexpr bool hasPorts = (IsPortList<T> || ...);
  static constexpr ArgumentsOpsOf<sizeof...(T)> ops{
      sizeof...(T) - (hasPorts ? 1 : 0), place,           hasPorts, (EndsQuietly<T> && ...),
      isTrivial ? nullptr : &destroy,    &Tuple::address, mover(),  &typeInfo<T>...};
};

/// Moves arguments that lie in a cell to another one. True: what they were moved from is to be ended.
[[nodiscard]] inline bool transferArguments(ArgumentsOps const& ops, void* from,
                                            void* to) noexcept {
  if (ops.move == nullptr) {
    std::memcpy(to, from, InPlace);
    return false;
  }
  ops.move(from, to);
  return ops.destroy != nullptr;
}
/// Moves arguments that lie in a cell to another one, and ends them here.
inline void moveArguments(ArgumentsOps const& ops, void* from, void* to) noexcept {
  if (transferArguments(ops, from, to)) ops.destroy(from);
}

template <class... T>
using ArgumentsOf = PlacedArguments<false, T...>;

/// The arguments of one message while it is handled.
struct ArgumentsView {
  ArgumentsOps const* ops;
  void* at;

  TypeInfo const& type(std::size_t index) const noexcept { return *ops->types[index]; }
  void* argument(std::size_t index) const noexcept { return ops->argument(at, index); }
};

/// Ends the arguments of a message at its own end.
struct ArgumentsEnd {
  explicit ArgumentsEnd(ArgumentsView const& view) noexcept : arguments(view) {}
  [[gnu::always_inline]] ~ArgumentsEnd() {
    if (arguments.ops->destroy != nullptr) arguments.ops->destroy(arguments.at);
  }
  ArgumentsEnd(ArgumentsEnd const&) = delete;
  ArgumentsEnd& operator=(ArgumentsEnd const&) = delete;

  ArgumentsView arguments;
};

/// Describes the parameters of a callable that takes arguments of these types, for people:
/// "(int, std::string)".
std::string describeParameters(ArgumentsOps const& taken);

/// Describes what was sent, for people: "(int, double)".
std::string describeArguments(ArgumentsView const& arguments);

}  // namespace tincan::inline abi0::detail

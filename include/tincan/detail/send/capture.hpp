// tincan/detail/send/capture.hpp - the arguments of one message while they are captured
#pragma once

#include <cstddef>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include <tincan/detail/api/port.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/message.hpp>

namespace tincan::inline abi0::detail {

/// The operations that make what travels from the arguments of a call; known by its address.
struct FillingOps {
  ArgumentsOps const* travelling;
  // Those of what travels in the one cell of a request, or else on the heap.
  ArgumentsOps const* onHeap;
  // Makes what travels at that address, or, if that is null, on the heap.
  void* (*make)(void* const* arguments, void* at);
  bool isQuiet;  // it runs no code of the user's
};

/// Refuses to compile a call with an argument that cannot travel: of the types `T...`, made from `A...`.
template <class Travelling, class Given>
struct CheckedArguments;
template <class... T, class... A>
struct CheckedArguments<TypeList<T...>, TypeList<A...>> {
  static_assert((std::is_constructible_v<T, A> && ...),
                "tincan: an argument is copied or moved into the message, and this type cannot be: "
                "pass std::move(argument), or a pointer that owns it.");
  using Captured = ArgumentsOf<T...>;
  using Tuple = typename Captured::Tuple;
  static constexpr bool areQuiet = Captured::isMadeQuietlyFrom(TypeList<A...>{});
  static constexpr bool mayMove = Captured::place != Place::Heap;

  static void* make([[maybe_unused]] void* const* from, [[maybe_unused]] void* at) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline))->void* {
      if constexpr (mayMove) {
        if (at != nullptr) {
          return Tuple::makeAt(
              at, static_cast<A&&>(*reinterpret_cast<std::add_pointer_t<A>>(from[I]))...);
        }
      }
      return Tuple::makeOnHeap(
          static_cast<A&&>(*reinterpret_cast<std::add_pointer_t<A>>(from[I]))...);
    }
    (std::index_sequence_for<A...>{});
  }
  static constexpr ArgumentsOps const* onHeap() noexcept {
    if constexpr (Captured::place != Place::CellOrExtra) return &Captured::ops;
    else return &PlacedArguments<true, T...>::ops;
  }
  static constexpr FillingOps ops{&Captured::ops, onHeap(), &make, areQuiet};
};

/// The address of an argument of a call, whatever it is.
template <class A>
[[gnu::always_inline]] inline void* addressOfArgument(A& argument) noexcept {
  return const_cast<void*>(reinterpret_cast<void const volatile*>(__builtin_addressof(argument)));
}

/// The arguments of one call, without their types. Refers to them.
struct Filling {
  FillingOps const* ops;
  void* const* arguments;
  std::span<MessagePort* const> ports{};  // that travel with them
};

/// Captures the arguments of one message. Those that run code of the user are captured before the message has
/// a place in the queue: that code may send and ask whom it likes, and what it learns is older than the
/// message. All others are built where they travel.
///
///   Order     The room for a message that is captured before is reserved at once: one that is sent
///             meanwhile finds that much less.
///   Errors    What a constructor throws leaves, and then nothing was sent. Ports stay with their owner
///             until fill().
class Capture {
 public:
  Capture(MessageLane& lane, Filling const& filling, ArgumentsOps const& travelling)
      : lane_(lane), filling_(filling), ops_(travelling) {
    if (filling_.ops->isQuiet) return;
    ++lane_.reserved;
    try {
      held_ = make(memory_);
    } catch (...) {
      --lane_.reserved;
      throw;
    }
  }
  ~Capture() {
    if (movedFrom_ != nullptr) ops_.destroy(movedFrom_);
    if (held_ == nullptr) [[likely]]
      return;
    if (ops_.destroy != nullptr) ops_.destroy(held_);
    --lane_.reserved;
  }
  Capture(Capture const&) = delete;
  Capture& operator=(Capture const&) = delete;

  /// Where the arguments travel.
  Place place() const noexcept { return ops_.place; }

  /// Gives the arguments away, which lie on the heap. Throws std::bad_alloc as fill().
  [[nodiscard]] ArgumentsView takeFromHeap() {
    void* const made = held_ == nullptr ? make(memory_) : std::exchange(held_, nullptr);
    if (!filling_.ops->isQuiet) --lane_.reserved;
    return {&ops_, made};
  }

  /// Puts the arguments into the cell of an OpenCell, in which they travel. Throws std::bad_alloc if they run
  /// no code of the user's, and then nothing has happened; else nothing.
  void fill(MessageCell& cell) {
    if (held_ == nullptr) {
      void* const made = make(cell.storage);
      if (isOnHeap()) cell.setHeap(made);
    } else {
      fillWithHeld(cell);
    }
    cell.arguments = &ops_;
    lane_.pushedMessages.add();
  }

 private:
  bool isOnHeap() const noexcept { return ops_.place == Place::Heap; }
  void* make(void* at) { return filling_.ops->make(filling_.arguments, isOnHeap() ? nullptr : at); }

  void fillWithHeld(MessageCell& cell) noexcept {
    void* const held = std::exchange(held_, nullptr);
    if (ops_.hasPorts) {
      static_cast<PortList*>(ops_.argument(held, ops_.count))->take(filling_.ports);
    }
    if (isOnHeap()) {
      cell.setHeap(held);
    } else if (transferArguments(ops_, held, cell.storage)) {
      movedFrom_ = held;  // not ended here: their ends may send
    }
    --lane_.reserved;
  }

  MessageLane& lane_;
  Filling const& filling_;
  ArgumentsOps const& ops_;
  void* held_ = nullptr;
  void* movedFrom_ = nullptr;  // what was held, to be ended when the message is published
  alignas(CacheLine) std::byte memory_[InPlace];
};

}  // namespace tincan::inline abi0::detail

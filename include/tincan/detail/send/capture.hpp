// tincan/detail/send/capture.hpp - the arguments of one message while they are captured
#pragma once

#include <cstddef>
#include <new>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <tincan/detail/api/port.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/arguments.hpp>

namespace tincan::inline abi0::detail {

/// Refuses to compile a call with an argument that cannot travel: of the types `T...`, made from `A...`.
template <class Travelling, class Given>
struct CheckedArguments;
template <class... T, class... A>
struct CheckedArguments<TypeList<T...>, TypeList<A...>> {
  static_assert((std::is_constructible_v<T, A> && ...),
                "tincan: an argument is copied or moved into the message, and this type cannot be: "
                "pass std::move(argument), or a pointer that owns it.");
  using Captured = ArgumentsOf<T...>;
};

/// Captures arguments that run code of the user, before the message has a place in the queue: that code
/// may send and ask whom it likes, and what it learns is older than the message.
///
///   Order     The room for the message is reserved at once: one that is sent meanwhile finds that much less.
///   Errors    What a constructor throws leaves, and then nothing was sent. Ports stay with their owner
///             until fill().
template <class Captured, class... A>
class Capture {
 public:
  using Tuple = typename Captured::Tuple;

  Capture(MessageLane& lane, A&&... arguments) : lane_(lane) {
    ++lane_.reserved;
    try {
      if constexpr (Captured::place == Place::Heap) {
        held_ = ::new Tuple(std::forward<A>(arguments)...);
      } else {
        held_ = ::new (static_cast<void*>(memory_)) Tuple(std::forward<A>(arguments)...);
      }
    } catch (...) {
      --lane_.reserved;
      throw;
    }
    if constexpr (Captured::hasPorts) ports_ = portsOf(arguments...);
  }
  ~Capture() {
    if (held_ == nullptr) [[likely]]
      return;
    if constexpr (Captured::place == Place::Heap) ::delete held_;
    else held_->~Tuple();
    --lane_.reserved;
  }
  Capture(Capture const&) = delete;
  Capture& operator=(Capture const&) = delete;

  /// Moves the arguments into an OpenCell, in which they travel. Throws nothing.
  template <class Cell>
  void fill(Cell& cell) noexcept {
    Tuple* const held = std::exchange(held_, nullptr);
    if constexpr (Captured::hasPorts) std::get<PortList>(*held).take(ports_);
    if constexpr (Captured::place == Place::Heap) {
      cell->setHeap(held);
      cell->arguments = &Captured::ops;
    } else {
      cell.template make<Captured>(std::move(*held));
      held->~Tuple();
    }
    --lane_.reserved;
    lane_.pushedMessages.add();
  }

 private:
  using Ports = std::span<MessagePort* const>;

  template <class V, class ToSend>
  static Ports portsOf(V const&, ToSend const& toSend) noexcept {
    return toSend.ports();
  }

  MessageLane& lane_;
  [[no_unique_address]] std::conditional_t<Captured::hasPorts, Ports, std::monostate> ports_;
  Tuple* held_ = nullptr;
  alignas(Captured::place == Place::Heap ? 1 : alignof(Tuple))
      std::byte memory_[Captured::place == Place::Heap ? 1 : sizeof(Tuple)];
};

/// Holds references to arguments whose constructors run no code of the user: they are built in the cell in
/// which they travel.
template <class Captured, class... A>
requires(Captured::isMadeQuietlyFrom(TypeList<A...>{})) class Capture<Captured, A...> {
 public:
  Capture(MessageLane& lane, A&&... arguments) noexcept
      : lane_(lane), arguments_(std::forward<A>(arguments)...) {}
  Capture(Capture const&) = delete;
  Capture& operator=(Capture const&) = delete;

  /// Builds the arguments in an OpenCell. Throws std::bad_alloc, and then nothing has happened.
  template <class Cell>
  [[gnu::always_inline]] void fill(Cell& cell) {
    std::apply(
        [&](A&... arguments) { cell.template make<Captured>(std::forward<A>(arguments)...); },
        arguments_);
    lane_.pushedMessages.add();
  }

 private:
  MessageLane& lane_;
  std::tuple<A&&...> arguments_;
};

/// Calls push(captured) with what travels. A request is one cell in a lane where what waits may be
/// dropped, else two if its arguments need that.
template <class... T, class Push, class... A>
auto withCaptured(MessageLane& lane, TypeList<T...>, Push&& push, A&&... arguments) {
  using Captured = typename CheckedArguments<TypeList<T...>, TypeList<A...>>::Captured;
  if constexpr (Captured::place == Place::CellOrExtra) {
    if (lane.readerLocks) [[unlikely]] {
      Capture<PlacedArguments<true, T...>, A...> captured(lane, std::forward<A>(arguments)...);
      return push(captured);
    }
  }
  Capture<Captured, A...> captured(lane, std::forward<A>(arguments)...);
  return push(captured);
}

}  // namespace tincan::inline abi0::detail

// tincan/detail/send/plain_ask.hpp - asks by a plain way, if there is one
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/api/future.hpp>
#include <tincan/detail/await/pending_answer.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/request/pending_request.hpp>
#include <tincan/detail/send/ask.hpp>
#include <tincan/detail/send/blocking_request.hpp>
#include <tincan/detail/send/plain_way.hpp>
#include <tincan/detail/thread/route.hpp>
#include <tincan/detail/thread/sending_as.hpp>

namespace tincan::inline abi0::detail {

/// Asks for `From`, which has the members ends() and route(verb). What travels is a `T...`, made from the
/// arguments by no code of the user's, and lies in the cell of the request or on the heap. Names come in
/// parts, in registers.
template <class From, class... T>
struct PlainAsk {
  template <class R, class... A>
  [[gnu::noinline]] static R sendSync(From const& from, char const* literal, std::uint64_t size,
                                      std::uint64_t hash, A&&... arguments) {
    Ends const ends = from.ends();
    PlainWay const way(ends, literal, hash);
    if (way.record == nullptr) [[unlikely]]
      return sendSyncOnAnyName<R>(from, literal, size, hash, static_cast<A&&>(arguments)...);
    Sending const sending(*way.thread);
    BlockingRequest request(*way.thread, *way.sender, *ends.to, {literal, size >> 1},
                            ends.deadline);
    push(way, Kind::Request, request.slot(), static_cast<A&&>(arguments)...);
    request.wait(ends.deadline);
    return request.take<R>();
  }

  /// request() and invoke(), which differ in the kind.
  template <class R, Kind kind, class... A>
  [[gnu::noinline]] static Future<R> ask(From const& from, char const* literal, std::uint64_t size,
                                         std::uint64_t hash, A&&... arguments) {
    Ends const ends = from.ends();
    PlainWay const way(ends, literal, hash);
    if (way.record == nullptr) [[unlikely]]
      return onAnyName<R, kind>(from, literal, size, hash, static_cast<A&&>(arguments)...);
    auto held = way.lane->shared_from_this();
    PendingRequest pending(*way.thread, ends.deadline);
    push(way, kind, pending.slot(), static_cast<A&&>(arguments)...);
    return FutureAccess::make<R>(
        PendingAnswer(std::move(pending), std::move(held), way.record, ends.deadline));
  }

  template <class R, class... A>
  static R sendSyncOnAnyName(From const& from, char const* data, std::uint64_t size,
                             std::uint64_t hash, A&&... arguments) {
    void* const addresses[] = {detail::addressOfArgument(arguments)..., nullptr};
    Filling const filling{&CheckedArguments<TypeList<T...>, TypeList<A...>>::ops, addresses};
    return PlainAsk<From>::template sendSyncAnyhow<R>(from, data, size, hash, filling);
  }
  template <class R, Kind kind, class... A>
  [[gnu::always_inline]] static Future<R> onAnyName(From const& from, char const* data,
                                                    std::uint64_t size, std::uint64_t hash,
                                                    A&&... arguments) {
    void* const addresses[] = {detail::addressOfArgument(arguments)..., nullptr};
    Filling const filling{&CheckedArguments<TypeList<T...>, TypeList<A...>>::ops, addresses};
    return FutureAccess::make<R>(PlainAsk<From>::askAnyhow(from, kind, data, size, hash, filling));
  }

  /// Asks by any way, whatever the types of the arguments are; of PlainAsk<From> only.
  template <class R>
  [[gnu::noinline]] static R sendSyncAnyhow(From const& from, char const* data, std::uint64_t size,
                                            std::uint64_t hash, Filling const& filling) {
    Route const route = from.route("sendSync");
    ChannelName const channel = ChannelNameAccess::join(data, size, hash);
    return detail::sendSync(route, channel, filling).template take<R>(channel.name(), *route.to);
  }
  [[gnu::noinline]] static AnyFuture askAnyhow(From const& from, Kind kind, char const* data,
                                               std::uint64_t size, std::uint64_t hash,
                                               Filling const& filling) {
    return detail::ask(from.route(kind == Kind::Invoke ? "invoke" : "request"), kind,
                       ChannelNameAccess::join(data, size, hash), filling);
  }

 private:
  template <class... A>
  [[gnu::always_inline]] static void push(PlainWay const& way, Kind kind, AnswerSlot& slot,
                                          A&&... arguments) {
    using Captured = typename CheckedArguments<TypeList<T...>, TypeList<A...>>::Captured;
    MessageCell& cell = way.lane->next();
    cell.template make<Captured>(static_cast<A&&>(arguments)...);
    cell.setSlot(&slot);
    way.push(cell, kind);
    way.thread->answers.tidy();
  }
};

/// True if a request with these arguments may go by a plain way.
template <class Travelling, class Given>
inline constexpr bool MayAskPlainly = false;
template <class... T, class... A>
inline constexpr bool MayAskPlainly<TypeList<T...>, TypeList<A...>> =
    ArgumentsOf<T...>::isMadeQuietlyFrom(TypeList<A...>{}) && ArgumentsOf<T...>::place
                                                                  != Place::CellOrExtra;

}  // namespace tincan::inline abi0::detail

// tincan/detail/send/plain_ask.hpp - asks by a plain way, if there is one
#pragma once

#include <cstdint>
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
      return sendSyncAnyhow<R>(from, literal, size, hash, std::forward<A>(arguments)...);
    Sending const sending(*way.thread);
    BlockingRequest request(*way.thread, *way.sender, *ends.to, {literal, size >> 1},
                            ends.deadline);
    push(way, Kind::Request, request.slot(), std::forward<A>(arguments)...);
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
      return askAnyhow<R, kind>(from, literal, size, hash, std::forward<A>(arguments)...);
    auto held = way.lane->shared_from_this();
    PendingRequest pending(*way.thread, ends.deadline);
    push(way, kind, pending.slot(), std::forward<A>(arguments)...);
    return FutureAccess::make<R>(
        PendingAnswer(std::move(pending), std::move(held), way.record, ends.deadline));
  }

 private:
  template <class... A>
  [[gnu::always_inline]] static void push(PlainWay const& way, Kind kind, AnswerSlot& slot,
                                          A&&... arguments) {
    using Captured = typename CheckedArguments<TypeList<T...>, TypeList<A...>>::Captured;
    MessageCell& cell = way.lane->next();
    cell.template make<Captured>(std::forward<A>(arguments)...);
    cell.setSlot(&slot);
    way.push(cell, kind);
    way.thread->answers.tidy();
  }

  template <class R, class... A>
  [[gnu::noinline]] static R sendSyncAnyhow(From const& from, char const* data, std::uint64_t size,
                                            std::uint64_t hash, A&&... arguments) {
    return detail::sendSync<R>(from.route("sendSync"), ChannelNameAccess::join(data, size, hash),
                               TypeList<T...>{}, std::forward<A>(arguments)...);
  }
  template <class R, Kind kind, class... A>
  [[gnu::noinline]] static Future<R> askAnyhow(From const& from, char const* data,
                                               std::uint64_t size, std::uint64_t hash,
                                               A&&... arguments) {
    return detail::ask<R>(from.route(kind == Kind::Invoke ? "invoke" : "request"), kind,
                          ChannelNameAccess::join(data, size, hash), TypeList<T...>{},
                          std::forward<A>(arguments)...);
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

// tincan/detail/send/plain_ask.hpp - asks by a plain way, if there is one
#pragma once

#include <cstdint>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/api/future.hpp>
#include <tincan/detail/await/pending_answer.hpp>
#include <tincan/detail/base/narrowed.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/request/pending_request.hpp>
#include <tincan/detail/send/ask.hpp>
#include <tincan/detail/send/blocking_request.hpp>
#include <tincan/detail/send/plain_way.hpp>
#include <tincan/detail/thread/route.hpp>
#include <tincan/detail/thread/sending_as.hpp>

namespace tincan::inline abi0::detail {

/// Asks for `From`, which has the members ends() and route(verb). What travels is a `T...`. Names come in
/// parts, in registers, see ChannelNameAccess::join().
template <class From, class... T>
struct PlainAsk {
  /// True if a request with these arguments may go by a plain way: they are captured by no code of the
  /// user's, and lie in the cell of the request or on the heap.
  template <class... A>
  static consteval bool mayGo() {
    return ArgumentsOf<T...>::isMadeQuietlyFrom(TypeList<A...>{}) &&
           ArgumentsOf<T...>::place != Place::CellOrExtra;
  }

  template <class R, class... A>
  [[gnu::noinline]] static R sendSync(From const& from, char const* data, std::uint64_t size,
                                      std::uint64_t hash, A&&... arguments) {
    if constexpr (mayGo<A...>()) {
      Ends const ends = from.ends();
      PlainWay way(ends, data, size, hash);
      if (way.record == nullptr) [[unlikely]]
        way = PlainWay::lookLonger(from.ends(), data, size, hash);
      if (way.record != nullptr) [[likely]] {
        Sending const sending(*way.thread);
        NoteAnswerFor const noting{*way.sender, *way.thread};
        BlockingRequest request(*way.thread, *way.sender, *ends.to,
                                {data, narrowed<std::size_t>(size >> 1)}, ends.deadline);
        push(way, Kind::Request, request.slot(), static_cast<A&&>(arguments)...);
        request.wait(ends.deadline);
        return request.take<R>();
      }
    }
    void* const addresses[] = {detail::addressOfArgument(arguments)..., nullptr};
    Filling const filling{&CheckedArguments<TypeList<T...>, TypeList<A...>>::ops, addresses};
    return PlainAsk<From>::template sendSyncAnyhow<R>(from, data, size, hash, filling);
  }

  /// request() and invoke(), which differ in the kind.
  template <class R, Kind kind, class... A>
  [[gnu::noinline]] static Future<R> ask(From const& from, char const* data, std::uint64_t size,
                                         std::uint64_t hash, A&&... arguments) {
    if constexpr (mayGo<A...>()) {
      Ends const ends = from.ends();
      PlainWay way(ends, data, size, hash);
      if (way.record == nullptr) [[unlikely]]
        way = PlainWay::lookLonger(from.ends(), data, size, hash);
      if (way.record != nullptr) [[likely]] {
        Outbox::Hold held = way.hold();
        PendingRequest pending(*way.thread, ends.deadline);
        push(way, kind, pending.slot(), static_cast<A&&>(arguments)...);
        return FutureAccess::make<R>(
            PendingAnswer(std::move(pending), std::move(held), way.record, true));
      }
    }
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

/// Sends a request and blocks until it is answered. Throws what capturing the arguments throws, why there is
/// no answer, and std::bad_alloc.
template <class R, class From, class... T, class... A>
[[gnu::always_inline]] inline R askAndWait(From const& from, ChannelName const& channel,
                                           TypeList<T...>, A&&... arguments) {
  return PlainAsk<From, T...>::template sendSync<R>(
      from, ChannelNameAccess::data(channel), ChannelNameAccess::sizeAndKind(channel),
      ChannelNameAccess::hash(channel), static_cast<A&&>(arguments)...);
}

/// Sends a request, whose answer comes by the Future. Throws what capturing the arguments throws, and
/// std::bad_alloc; then nothing was sent.
template <class R, Kind kind, class From, class... T, class... A>
[[gnu::always_inline]] inline Future<R> askLater(From const& from, ChannelName const& channel,
                                                 TypeList<T...>, A&&... arguments) {
  return PlainAsk<From, T...>::template ask<R, kind>(
      from, ChannelNameAccess::data(channel), ChannelNameAccess::sizeAndKind(channel),
      ChannelNameAccess::hash(channel), static_cast<A&&>(arguments)...);
}

}  // namespace tincan::inline abi0::detail

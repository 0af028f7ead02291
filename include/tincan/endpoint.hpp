// tincan/endpoint.hpp - what main and renderers share
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/arguments.hpp>
#include <tincan/channel_name.hpp>
#include <tincan/detail/api/future.hpp>
#include <tincan/detail/api/port.hpp>
#include <tincan/detail/base/chrono.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/dispatch/poll.hpp>
#include <tincan/detail/engine.hpp>
#include <tincan/detail/listen/endpoint_verbs.hpp>
#include <tincan/detail/registering.hpp>
#include <tincan/detail/send/posted_task.hpp>
#include <tincan/peer.hpp>
#include <tincan/stop_token.hpp>
#include <tincan/timer.hpp>

namespace tincan::inline abi0 {

namespace detail {
struct EndpointsOfThread;
}

/// The verbs that Main and Renderer share: listening, handling, polling, posting.
///
///   Threads   An endpoint lives on one thread: the one that polls it, from its first poll on;
///             every other one then gets WrongThread. Before that, any one thread at a time may set
///             it up, and it belongs to the one that made it, set it up or sent by it last. post,
///             quit, stopToken, peer and name are for any thread. A thread may have several
///             endpoints.
///   Order     Messages from one sender are handled in the order in which they were sent, and
///             whatever could have led to a message is handled before it.
///   Errors    Closed, if this endpoint is closed; WrongThread.
class Endpoint : public detail::Registering<Endpoint>, public detail::EndpointVerbs<Endpoint> {
 public:
  using detail::EndpointVerbs<Endpoint>::after;  // with a method, as the next
  using detail::EndpointVerbs<Endpoint>::every;

  Endpoint(Endpoint const&) = delete;
  Endpoint& operator=(Endpoint const&) = delete;

  /// Handles what is there now, and returns how many messages and posted functions that was. Never
  /// blocks. 0 once the endpoint is closed.
  std::size_t poll() { return detail::poll(core(), detail::AsManyAsThereAre()); }
  /// Handles at most that many messages, as poll().
  std::size_t poll(std::size_t most);
  /// Handles messages until there are none, or the time is up; the time is looked at after each, so
  /// that one is handled in any case, but for no time at all.
  template <class Rep, class Period>
  std::size_t pollFor(std::chrono::duration<Rep, Period> budget) {
    return pollUntil(detail::deadlineAfter(*core().bus, budget));
  }

  /// Handles messages, sleeping when there are none, until quit() or the bus is closed.
  void run();
  /// Handles messages as run(), also until a stop is requested.
  void run(StopToken stop);
  /// Handles messages as run(), also until that time has passed, and returns how many, as poll() counts. A time
  /// that has passed already is one poll.
  std::size_t runFor(std::chrono::nanoseconds time);
  /// Handles messages as runFor(), until that moment.
  std::size_t runUntil(std::chrono::steady_clock::time_point moment);
  /// Ends a run: run() handles everything that was queued before, by whomever, and returns. For any
  /// thread, any handler and a signal handler, also before run(). So many quits end so many runs.
  /// A signal must not interrupt the making or the end of a std::stop_callback on a token of this
  /// endpoint, and quit: the standard library would wait for itself.
  void quit();
  /// Returns a token for bodies and loops of one's own: a stop is requested once quit() was called or the
  /// endpoint is closed. When the run that the quit has ended returns, the next token is a new one. For
  /// any thread.
  StopToken stopToken() const { return core().stopToken(); }

  /// Gives this endpoint up: it belongs to no thread, until one polls it, and then to that one. For its own
  /// thread, outside of its polls and runs: throws std::logic_error inside of them. Until then any one thread at
  /// a time may use it, and nobody speaks in its name by handles. Throws WrongThread, Closed.
  void release() { core().release(); }

  /// Lets the channel take messages and calls only from renderers of these names (main is "main"), from
  /// now on. Others are dead letters Denied, and their requests answer Denied. Names are those that the
  /// bus knows the sender by, so that a message cannot claim another one; whoever has the bus can attach
  /// a renderer of any name.
  void allow(ChannelName channel, std::initializer_list<std::string_view> names);
  /// Lets the channel take messages and calls only if admits(sender), which is called on this endpoint's
  /// thread for each.
  template <std::predicate<Peer const&> F>
  void allow(ChannelName channel, F admits) {
    detail::refuseNull(admits, "allow");
    auto const keep = checked();
    keep->requireUsable("allow");
    admit(*keep, channel, std::move(admits));
  }
  /// Does not compile: a list that is no list in braces.
  template <class List>
  requires(!std::predicate<List, Peer const&>) void allow(ChannelName, List const&) {
    static_assert(std::is_void_v<List>,
                  "tincan: allow() takes names in braces, allow(\"x\", {\"a\", \"b\"}), or a "
                  "function of the sender.");
  }
  /// Lets the channel take messages and calls from everybody again.
  void allowAll(ChannelName channel);

  /// Calls `function` on this endpoint's thread, inside a poll, once: not before that time has passed, and
  /// after that before the messages that wait then. One that is due already, or was due before, is called at
  /// the next poll; those of one moment are called in the order of their making. What it throws goes to
  /// onError. A coroutine that returns a Task lives until that has ended. If the endpoint is closed first, the
  /// function ends, and is not called. Throws WrongThread, Closed.
  template <class F>
  Timer after(std::chrono::nanoseconds delay, F function) {
    auto const keep = checkedForTimer(function, "after");
    auto task = detail::Owned<detail::PostedTask<F>>::make(std::move(function));
    return startTimer(*keep, "after", delay, std::chrono::nanoseconds(0), std::move(task));
  }
  /// Calls `function` as after() does, again and again: for the first time after one period, and then so many
  /// whole periods after that, however late one of the calls is or how long it takes. Periods that have
  /// passed meanwhile are left out. Throws std::invalid_argument for a period that is not positive.
  template <class F>
  Timer every(std::chrono::nanoseconds period, F function) {
    auto const keep = checkedForTimer(function, "every");
    if (period <= std::chrono::nanoseconds(0)) throwNoPeriod();
    auto task = detail::Owned<detail::RepeatedTaskOf<F>>::make(std::move(function));
    return startTimer(*keep, "every", period, period, std::move(task));
  }
  /// Lets a coroutine wait without blocking the thread: `co_await ipc.sleep(50ms)`, on this endpoint's
  /// thread. It goes on inside a poll, where a function that was given to after() would be called; if the
  /// endpoint is closed first, with an Error Closed.
  detail::Sleep sleep(std::chrono::nanoseconds duration) const {
    return detail::Sleep(checked(), duration.count());
  }

  /// Returns for foreign loops the time by which to poll again, because a timer is due then, or the deadline
  /// of an answer that continues here passes; or nothing, if there is none.
  std::optional<std::chrono::steady_clock::time_point> nextDeadline() const;

  /// Has `wake` called, for foreign loops, when there may be something to do for poll(): by a sender, on
  /// its thread, when the inbox turns from empty to not empty; by whoever closes the endpoint, or ends the
  /// RendererThread that it has; at the end of a poll that has left something; at once, if there is
  /// something now. Not by quit(), which a signal handler may call. Once onWake({}), or
  /// the end of the endpoint or of the bus, has returned, it is not running and never runs again; if
  /// that is called by `wake` itself: once that has returned. It may be move-only. Throws Deadlock if the
  /// one that was there before runs and waits for this thread.
  void onWake(detail::WakeFunction wake);

  /// Runs `function` on this endpoint's thread, in its place among the messages. What it throws goes to
  /// onError. A coroutine that returns a Task lives until that has ended. For any thread. Throws Closed.
  template <class F>
  void post(F function) {
    detail::refuseNull(function, "post");
    auto const to = checked();  // moving the function may end this very object
    detail::SendingAs const sender(to->bus);
    sender.core().laneTo(*to);  // or that may end the sender, which then gets no lane any more
    auto task = detail::Owned<detail::PostedTask<F>>::make(std::move(function));
    detail::postTask(sender.core(), *to, std::move(task));
  }

  /// Runs a method of an object, as post(); if that is given by a shared_ptr or weak_ptr, only if it lives then.
  template <class O, detail::IsMethod M>
  void post(O&& object, M method) {
    post(detail::bindMethod(static_cast<O&&>(object), method, "post"));
  }

  /// Returns a handle to this endpoint, for others. For any thread, as name().
  Peer peer() const { return detail::PeerAccess::make(checked()); }
  /// Returns the name that it was made with, which others may have, too; of main it is "main".
  std::string name() const { return core().name; }

 protected:
  explicit Endpoint(std::shared_ptr<detail::EndpointCore> core) noexcept : core_(std::move(core)) {}
  Endpoint(Endpoint&&) noexcept = default;
  Endpoint& operator=(Endpoint&& other) noexcept {
    if (this != &other) {
      end();
      core_ = std::move(other.core_);
    }
    return *this;
  }
  ~Endpoint() { end(); }

  detail::EndpointCore& core() const {
    if (core_ == nullptr) [[unlikely]]
      throwMoved();
    return *core_;
  }
  /// The endpoint, or null if this has been moved to another object.
  detail::EndpointCore* coreOrNull() const noexcept { return core_.get(); }
  [[noreturn]] static void throwMoved();
  std::shared_ptr<detail::EndpointCore> const& checked() const {
    core();
    return core_;
  }

 private:
  friend class detail::Registering<Endpoint>;
  friend class detail::EndpointVerbs<Endpoint>;
  template <class R>
  friend class Future;  // then()
  friend class MessagePort;
  friend struct detail::EndpointsOfThread;

  std::size_t pollUntil(detail::Nanoseconds end);
  template <class F>
  std::shared_ptr<detail::EndpointCore> checkedForTimer(F const& function,
                                                        std::string_view verb) const {
    detail::refuseNull(function, verb);
    static_assert(std::is_invocable_v<F&>, "tincan: a timer calls its function without arguments.");
    checked()->requireUsable(verb);
    return core_;
  }
  std::size_t runUntil(detail::Nanoseconds moment);
  static Timer startTimer(detail::EndpointCore& core, std::string_view verb,
                          std::chrono::nanoseconds delay, std::chrono::nanoseconds period,
                          detail::TaskPtr function);
  [[noreturn]] static void throwNoPeriod();
  static void admit(detail::EndpointCore& core, ChannelName const& channel,
                    detail::ChannelEntry::Admission admits);
  detail::RegisteringAt registeringAt(std::string_view verb, bool mustBeOpen) const;

  void end() noexcept {
    if (core_ != nullptr) core_->disown();
  }

  std::shared_ptr<detail::EndpointCore> core_;
};

template <class R>
template <class F>
Pending Future<R>::then(Endpoint& where, F onReady) {
  detail::refuseNull(onReady, "then");
  return detail::thenAt(where.core(), *this, std::move(onReady));
}

}  // namespace tincan::inline abi0

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/endpoint.ipp>
#endif

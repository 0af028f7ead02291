// tincan/detail/thread/sending_as.hpp - in whose name a thread sends
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/tally.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/thread/thread_holder.hpp>

namespace tincan::inline abi0::detail {

/// While it lives, the thread is sending. User code runs inside a send (constructors of arguments and
/// functions, hooks) and may end any endpoint: neither the lanes from this thread's endpoints nor the
/// endpoints go away before the send is over.
class Sending {
 public:
  Sending() noexcept : Sending(threadState()) {}
  [[gnu::always_inline]] explicit Sending(ThreadState& thread) noexcept : thread_(thread) {
    ++thread_.sending;
  }
  [[gnu::always_inline]] ~Sending() {
    if (--thread_.sending == 0 && thread_.leaving != nullptr) [[unlikely]]
      leaveNow(thread_);
  }
  Sending(Sending const&) = delete;
  Sending& operator=(Sending const&) = delete;

  ThreadState& thread() const noexcept { return thread_; }
  /// True if this send is inside of another one.
  static bool isNested() noexcept { return threadState().sending > 1; }

 private:
  [[gnu::noinline]] static void leaveNow(ThreadState& state) noexcept {
    while (EndpointCore* const core = state.leaving) {
      state.leaving = core->nextLeaving;
      auto const hold = std::exchange(core->holdUntilLeft, nullptr);
      core->letGo();
    }
  }

  ThreadState& thread_;
};

/// Decides in whose name the calling thread sends on a bus, for one verb.
///
///   Lifetime  That endpoint or stand-in is there as long as this: whoever has a SendingAs is sending.
///   Errors    WrongThread if the bus is driven, and not here; std::bad_alloc where a stand-in is made.
class SendingAs {
 public:
  /// Sends as nobody, on no bus.
  SendingAs() noexcept = default;
  /// Sends as the endpoint itself, by its own verbs. Throws WrongThread and Closed.
  [[gnu::always_inline]] SendingAs(EndpointCore& core, std::string_view verb)
      : who_{&core, nullptr} {
    if (!core.isOpenTo(thread())) [[unlikely]]
      who_ = settle(core, verb);
  }
  /// Sends as the endpoint that the thread runs on the bus, else the first one that belongs to it,
  /// else nobody.
  explicit SendingAs(std::shared_ptr<BusCore> const& bus) {
    EndpointCore* const current = thread().current;
    if (current != nullptr && current->bus == bus && !current->isGone()) [[likely]]
      who_.core = current;
    else who_ = find(thread(), bus);
  }
  /// Sends by a handle that the endpoint `from` gave, or null: as that one, if it belongs to the
  /// calling thread. Throws Closed if it does and is closed; `verb` is for errors.
  [[gnu::always_inline]] SendingAs(std::shared_ptr<EndpointCore> const& from,
                                   std::shared_ptr<BusCore> const& bus, std::string_view verb) {
    if (from != nullptr && from->isOpenTo(thread())) [[likely]]
      who_.core = from.get();
    else who_ = findBy(thread(), from, bus, verb);
  }
  SendingAs(SendingAs const&) = delete;
  SendingAs& operator=(SendingAs const&) = delete;
  [[gnu::always_inline]] ~SendingAs() {
    if (who_.unbound != nullptr) [[unlikely]]
      end(thread(), *who_.unbound);
  }

  EndpointCore& core() const noexcept { return *who_.core; }
  ThreadState& thread() const noexcept { return sending_.thread(); }

 private:
  struct Who {
    EndpointCore* core = nullptr;
    EndpointCore* unbound = nullptr;  // if the calling thread has not polled it
  };

  [[gnu::noinline]] static Who settle(EndpointCore& core, std::string_view verb) {
    Who who{&core, nullptr};
    if (!core.isBoundHere()) {
      core.settleHere(verb);
      who.unbound = &core;
    }
    core.checkOpen(verb);
    return who;
  }

  [[gnu::noinline]] static Who findBy(ThreadState& thread,
                                      std::shared_ptr<EndpointCore> const& from,
                                      std::shared_ptr<BusCore> const& bus, std::string_view verb) {
    if (Driver* const driver = bus->driver()) driver->ownership.checkCaller();
    if (from == nullptr || from->bus != bus || !from->belongsHere()) return find(thread, bus);
    from->checkOpen(verb);
    if (from->bus->driver() != nullptr || from->isBoundHere()) return {from.get(), nullptr};
    thread.standIn = &threadHolder()->senderFor(from);
    return settled(*thread.standIn);
  }

  [[gnu::noinline]] static Who find(ThreadState& thread, std::shared_ptr<BusCore> const& bus) {
    if (thread.current != nullptr) {
      if (thread.current->bus == bus && !thread.current->isGone()) return {thread.current, nullptr};
    } else if (thread.sender != nullptr && thread.sender->bus == bus && maySend(*thread.sender)) {
      return settled(*thread.sender);
    }
    if (Driver* const driver = bus->driver()) driver->ownership.checkCaller();
    if (ThreadHolder* const holder = threadHolder()) {
      thread.sender = &holder->senderOn(bus);
      return settled(*thread.sender);
    }
    // The very end of the thread: as nobody, for this once.
    auto made = bus->addStandIn(bus, nullptr, nullptr);
    EndpointCore* const once = made.get();
    made->onlyOnce = std::move(made);
    return {once, once};
  }

  static bool maySend(EndpointCore const& core) noexcept {
    return core.isBoundHere() && !core.isClosed() &&
           (core.named == nullptr || (core.named->belongsHere() && !core.named->isClosed()));
  }

  static Who settled(EndpointCore& core) noexcept {
    return {&core, core.named == nullptr ? nullptr : &core};
  }

  /// Puts what was sent in its name on record, for the thread that will send in its name next.
  [[gnu::noinline]] static void end(ThreadState& thread, EndpointCore& unbound) noexcept {
    EndpointCore& spoken = unbound.named == nullptr ? unbound : *unbound.named;
    raise(spoken.spokenUntil, thread.clock);
    if (auto const hold = std::exchange(unbound.onlyOnce, nullptr)) hold->leave();
  }

  Sending const sending_;
  Who who_;
};

}  // namespace tincan::inline abi0::detail

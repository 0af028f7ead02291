// tincan/detail/thread/sending_as.hpp - in whose name a thread sends
#pragma once

#include <memory>
#include <string_view>

#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>

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
  static void leaveNow(ThreadState& state) noexcept;

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

  static Who settle(EndpointCore& core, std::string_view verb);

  static Who findBy(ThreadState& thread, std::shared_ptr<EndpointCore> const& from,
                    std::shared_ptr<BusCore> const& bus, std::string_view verb);

  static Who find(ThreadState& thread, std::shared_ptr<BusCore> const& bus);

  static bool maySend(EndpointCore const& core) noexcept;

  static Who settled(EndpointCore& core) noexcept {
    return {&core, core.named == nullptr ? nullptr : &core};
  }

  /// Puts what was sent in its name on record, for the thread that will send in its name next.
  static void end(ThreadState& thread, EndpointCore& unbound) noexcept;

  Sending const sending_{};
  Who who_{};
};

}  // namespace tincan::inline abi0::detail

// tincan/detail/trace/trace_tap.hpp - notes what happens on a bus
//
// Each thread has a log of its own, which it finds by a variable of the thread; so threads share nothing while they
// note. Who reads the log puts those of all threads together, by their times: the steady clock does not go back
// between threads, and so causes come before effects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <tincan/detail/base/per_thread.hpp>
#include <tincan/detail/base/shares_itself.hpp>
#include <tincan/detail/drive/tap.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/trace/thread_log.hpp>
#include <tincan/detail/trace/trace_log.hpp>

namespace tincan::inline abi0::detail {

/// The tap of a Trace.
class TraceTap final : public Tap, public SharesItself<TraceTap> {
 public:
  using What = TraceEvent::What;
  using Verb = TraceEvent::Verb;
  static constexpr std::uint32_t NoPlace = TraceEvent::NoPlace;

  explicit TraceTap(std::size_t most) noexcept : most_(most) {}

  /// What the threads have noted so far.
  TraceLog log() const;
  /// Notes nothing more.
  void stop() noexcept;
  /// Gives back the memory, after stop().
  void end() noexcept;

  void added(EndpointCore const& core) override;
  std::unique_ptr<LaneTap> listenIn(EndpointCore const& from, EndpointCore const& to) override;
  void looked(EndpointCore const&, EndpointCore const&, LookedAt, bool) noexcept override {}
  void deadlinePassed(EndpointCore const& at, bool isTimer) noexcept override {
    note({isTimer ? What::Timer : What::Deadline, Verb::Message, {}}, at, at);
  }
  void closing(EndpointCore const*) noexcept override {}
  void answers(EndpointCore const& core, void const* state) noexcept override {
    note({What::Answered, Verb::Answer, {}}, core, core, state);
  }
  void waits(EndpointCore const& who, EndpointCore const& asked, std::string_view channel,
             void const* state, bool begins) noexcept override {
    note({begins ? What::WaitBegins : What::WaitEnds, Verb::Answer, {}}, who, asked, state,
         channel);
  }
  void closed(EndpointCore const& core) noexcept override {
    note({What::Closed, Verb::Message, {}}, core, core);
  }
  void deadLetter(Errc reason, std::string_view channel, EndpointCore const& from,
                  EndpointCore const& to) noexcept override {
    note({What::DeadLetter, Verb::Message, reason}, to, from, nullptr, channel);
  }

 private:
  class OfLane;
  struct Happened {
    What what;
    Verb verb;
    Errc reason;
  };
  struct Endpoint {
    std::uint64_t id;
    std::string name;
  };
  struct Lane {
    std::uint32_t from, to;
  };

  /// The log that a thread has used last.
  struct Here {
    std::uint64_t tap = 0;
    ThreadLog* log = nullptr;
  };
  static Here& here() noexcept { return PerThread<Here>::mine(); }
  static std::uint64_t nextSerial() noexcept;

  /// The calling thread's log. Null: there is no memory for it.
  ThreadLog* logHere() noexcept {
    Here const& last = here();
    if (last.tap == serial_) [[likely]]
      return last.log;
    return findLog();
  }
  ThreadLog* findLog() noexcept;
  void note(Happened const& happened, EndpointCore const& at, EndpointCore const& other,
            void const* answer = nullptr, std::string_view channel = {}) noexcept;
  /// The number of an endpoint: for those who have none, that of nobody.
  static std::uint32_t numberOf(EndpointCore const& core) noexcept {
    EndpointCore const& named = core.named == nullptr ? core : *core.named;
    return static_cast<std::uint32_t>(named.id);
  }

  std::uint64_t const serial_ = nextSerial();
  std::size_t const most_;  // entries of a thread

  mutable Mutex mutex_{};  // guards all that follows
  bool isStopped_ = false;
  std::map<std::uint32_t, std::string> names_{{0, "(no endpoint)"}};  // of the endpoints
  std::vector<Lane> lanes_{};
  std::map<std::thread::id, std::unique_ptr<ThreadLog>> logs_{};
};

}  // namespace tincan::inline abi0::detail

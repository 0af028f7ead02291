// tincan/detail/endpoint/endpoint_parts.hpp - what an endpoint is made of
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/base/spin_budget.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/close_listeners.hpp>
#include <tincan/detail/endpoint/departure.hpp>
#include <tincan/detail/endpoint/incoming_lanes.hpp>
#include <tincan/detail/endpoint/kept_work.hpp>
#include <tincan/detail/endpoint/notices.hpp>
#include <tincan/detail/endpoint/outbox.hpp>
#include <tincan/detail/endpoint/plain_sender.hpp>
#include <tincan/detail/endpoint/quits.hpp>
#include <tincan/detail/endpoint/tally.hpp>
#include <tincan/detail/endpoint/wake_hook.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/process/process.hpp>
#include <tincan/detail/queue/inbox.hpp>
#include <tincan/detail/queue/poll_gate.hpp>
#include <tincan/inbox_options.hpp>

namespace tincan::inline abi0::detail {

class CloseWatch;
class EndpointCore;
class SenderScopes;
struct DrivenEndpoint;
struct MessageLane;
using MessageInbox = Inbox<MessageLane, ThreadPlatform>;

struct EndScopes {
  void operator()(SenderScopes* scopes) const noexcept;
};

/// The parts of an EndpointCore. Each says itself which threads may use it; what says nothing is the
/// endpoint's thread's.
class EndpointParts {
 public:
  using Gate = PollGate<ThreadPlatform>;

  EndpointParts(std::shared_ptr<BusCore> busCore, std::string endpointName, std::uint64_t number,
                InboxOptions const& options, std::shared_ptr<EndpointCore> forWhom)
      : bus(std::move(busCore)),
        name(std::move(endpointName)),
        id(number),
        inboxOptions(options),
        named(std::move(forWhom)) {}
  EndpointParts(EndpointParts const&) = delete;
  EndpointParts& operator=(EndpointParts const&) = delete;

  // Written once, read by all.
  std::shared_ptr<BusCore> const bus;
  std::string const name;
  std::uint64_t const id;  // 0: nobody, or a stand-in
  InboxOptions const inboxOptions;
  std::shared_ptr<EndpointCore> const named;  // of a stand-in: for whom it sends; null: for nobody

  Gate gate{};
  PlainSender<ThreadPlatform> plainSender{};
  MessageInbox inbox{};
  /// Bumped whenever a table here gains or loses an entry; what lanes have cached is then out of date.
  std::uint64_t tableVersion = 1;
  ListenerTable table{tableVersion};
  bool keepsSome = false;           // last messages of some channel
  Owned<ListenerTable> anyTable{};  // of those that look at every message; null: there was none
  NameTable names{};
  Tally sent{}, handled{};
  Continuations continuations{};
  CloseListeners closeListeners{};
  std::atomic<std::uint32_t> abandonedRequests{0};  // to here, by requesters that did not wait
  std::atomic<std::uint32_t> abandonedLanes{0};     // to here, whose writers have gone
  Notices notices{};
  KeptWork kept{notices};
  IncomingLanes<MessageLane> lanes{};
  Outbox outbox{};
  Owned<SenderScopes, EndScopes> scopes{};        // null: there was none
  std::shared_ptr<CloseWatch> firstCloseWatch{};  // of what is called when others have ended
  WakeHook wakeHook{};
  Quits quits{};
  Departure<ThreadPlatform> departure{};
  std::atomic<bool> isListeningOver{false};

  // Of its thread while it polls.
  struct Polling {
    SpinBudget spins{4000};
    unsigned delivering = 0;  // messages whose handling is under way, by a driver
    unsigned runsOfAll = 0;   // that have it among others, see runAll()
    bool isGoingOn = false;   // continuations of the closed endpoint do
  } polling{};

  // Of a driven bus.
  DrivenEndpoint* driven = nullptr;
  struct LaneEnd {
    std::shared_ptr<MessageLane> lane;
    std::uint64_t pushed;             // how many messages there have been in it
    std::uint64_t upTo = UINT64_MAX;  // of these only those with such a stamp at most
  };
  Row<Row<LaneEnd>> drivenQuits{};  // of each quit, what was in the lanes before

  // Of the threads that it belongs to.
  std::atomic<ThreadToken*> settler{nullptr};      // until somebody polls it
  std::atomic<std::uint64_t> spokenUntil{0};       // the clock up to which that has sent
  std::atomic<std::size_t> placeAtThread{0};       // see ThreadHolder
  std::atomic<std::uint64_t> boundAs{UINT64_MAX};  // which one of those that its thread polls
  // If a thread of its own runs it, or is about to: one more than the generation of the process in
  // which that was started, see ForkGate. Else 0.
  std::atomic<std::uint32_t> spawnedIn{0};
  EndpointCore* nextLeaving = nullptr;            // link in ThreadState::leaving
  std::shared_ptr<EndpointCore> holdUntilLeft{};  // keeps it while it is there
  std::shared_ptr<EndpointCore> onlyOnce{};       // a stand-in for one verb holds itself
  // Of the bus's list, under its lock.
  EndpointCore* olderInBus = nullptr;
  EndpointCore* newerInBus = nullptr;

 protected:
  ~EndpointParts() = default;
};

}  // namespace tincan::inline abi0::detail

// tincan/peer.hpp - a handle to an endpoint
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/message/bounds.hpp>
#include <tincan/detail/queue/clearing.hpp>
#include <tincan/reports.hpp>
#include <tincan/value.hpp>
#include <tincan/verbs.hpp>

namespace tincan::inline v0 {

namespace detail {
struct Route;
struct PeerAccess;
}  // namespace detail

class Within;

/// A handle to an endpoint, for sending to it.
///
///   Threads   Any, each with a copy or the same one. What is sent comes from the endpoint that gave
///             the handle (a.main(), main.renderer("a"), event.sender), if that belongs to the calling
///             thread; else from the endpoint that the thread is running; else from the first one that
///             belongs to it; a thread without endpoint sends as nobody. An endpoint belongs to the
///             thread that polls it; before its first poll, to the one that made it or set it up last.
///   Order     Messages from one sender to one receiver are handled in the order in which they were
///             sent.
///   Lifetime  Safe to keep after the endpoint is gone: sends then return or answer Closed.
///   Errors    Closed, if the endpoint that gave the handle is the calling thread's, and closed.
class Peer : public Verbs<Peer> {
 public:
  /// Nobody: an empty name, not alive.
  Peer() noexcept = default;

  /// The same verbs for answers, which give up after so long: .within(50ms).sendSync<int>("x"). At once,
  /// if that is negative or not a number; never, if it is a century or more.
  template <class Rep, class Period>
  Within within(std::chrono::duration<Rep, Period> most) const;

  std::string name() const { return core_ == nullptr ? std::string() : core_->name; }
  /// Unique within the bus; 0 for nobody.
  std::uint64_t id() const noexcept { return core_ == nullptr ? 0 : core_->id; }
  bool alive() const noexcept {
    if (core_ == nullptr) return false;
    detail::noteLife(*core_);
    return core_->isAlive();
  }

  /// The endpoint alone decides, not who gave the handle.
  friend bool operator==(Peer const& a, Peer const& b) noexcept {
    return a.core_ == b.core_ || (a.id() == 0 && b.id() == 0);
  }

 private:
  friend struct detail::PeerAccess;
  friend class Verbs<Peer>;
  friend class AskingVerbs<Peer>;
  detail::Route route(std::string_view verb) const;

  Peer(std::shared_ptr<detail::EndpointCore> core,
       std::shared_ptr<detail::EndpointCore> from) noexcept
      : core_(std::move(core)), from_(std::move(from)) {}

  std::shared_ptr<detail::EndpointCore> core_;
  std::shared_ptr<detail::EndpointCore> from_;  // null: nobody in particular
};

namespace detail {

struct PeerAccess {
  static Peer make(std::shared_ptr<EndpointCore> core,
                   std::shared_ptr<EndpointCore> from = nullptr) noexcept {
    return Peer(std::move(core), std::move(from));
  }
  static EndpointCore* core(Peer const& peer) noexcept { return peer.core_.get(); }
  static Peer givenBy(Peer const& peer, std::shared_ptr<EndpointCore> from) noexcept {
    return Peer(peer.core_, std::move(from));
  }
};

/// A lane between endpoints.
struct MessageLane : MessageQueue, std::enable_shared_from_this<MessageLane> {
  MessageLane(std::shared_ptr<EndpointCore> from, std::shared_ptr<EndpointCore> to)
      : MessageLane(std::move(from), std::move(to), new Chunk) {}
  MessageLane(std::shared_ptr<EndpointCore> from, std::shared_ptr<EndpointCore> to, Chunk* first)
      : MessageQueue(first),
        writer(std::move(from)),
        receiver(std::move(to)),
        sender(PeerAccess::make(writer->named == nullptr ? writer : writer->named, receiver)),
        bounds(LaneBounds::make(receiver->inboxOptions, receiver->bus->tap())),
        readerLocks(bounds != nullptr &&
                    (bounds->overflow == Overflow::DropOldest || bounds->tap != nullptr)) {}

  /// In whose name it is written.
  EndpointCore& senderCore() const noexcept { return *PeerAccess::core(sender); }

  template <class F>
  auto guarded(F&& access) noexcept {
    if (!readerLocks) [[likely]]
      return access();
    std::lock_guard const lock(bounds->mutex);
    return access();
  }

  // ---- reader: as MessageQueue; if the writer may drop what waits, under the lock ----

  MessageCell* front() noexcept {
    return guarded([&] { return MessageQueue::front(); });
  }
  std::uint64_t frontWord() noexcept {
    return guarded([&] { return MessageQueue::frontWord(); });
  }
  Taken take(std::uint64_t end, std::uint64_t limit) noexcept {
    if (!readerLocks) [[likely]]
      return MessageQueue::take(end, limit);
    return takeShared(end, limit);
  }
  /// To be handled by nobody.
  Taken takeToDiscard() noexcept {
    return guarded([&] { return MessageQueue::take(UINT64_MAX, UINT64_MAX); });
  }
  View look() noexcept {
    return guarded([&] { return MessageQueue::look(); });
  }
  std::uint64_t lookAgain() noexcept {
    return guarded([&] { return MessageQueue::lookAgain(); });
  }
  void unpin() noexcept {
    return guarded([&] { return MessageQueue::unpin(); });
  }
  std::uint64_t depth(View const& view) const noexcept {
    std::uint64_t const cells = MessageQueue::depth(view);
    return readerLocks ? (std::min<std::uint64_t>)(cells, bounds->capacity) : cells;
  }
  /// No more is sent by it; the receiver drops it once it is empty.
  void leave() noexcept {
    // First the count: whoever drops the lane takes it off that.
    receiver->abandonedLanes.fetch_add(1, std::memory_order_release);
    receiver->inbox.abandon(*this);
  }
  /// A message has been taken and will be handled.
  [[gnu::always_inline]] void messageTaken() noexcept {
    if (bounds != nullptr) [[unlikely]]
      bounds->takenAt.store(threadState().clock, std::memory_order_relaxed);
    takenMessages.add();
    if (bounds != nullptr) [[unlikely]]
      bounds->roomMade();
  }

  std::uint64_t waiting() const noexcept {
    // The taken first: what is taken has been pushed.
    std::uint64_t const gone = takenMessages.get() + droppedMessages.get();
    std::uint64_t const pushed = pushedMessages.get();
    return pushed > gone ? pushed - gone : 0;
  }

  // Both sides read.
  std::shared_ptr<EndpointCore> const writer;  // a stand-in, or the sender itself
  std::shared_ptr<EndpointCore> const receiver;
  Peer const sender;
  std::unique_ptr<LaneBounds> const bounds;  // null: as many as memory holds

  // The writer's.
  alignas(FalseSharingRange) std::uint64_t lastStamp = 0;
  Tally pushedMessages;
  Tally droppedMessages;
  std::uint64_t reserved = 0;  // how many of those pushed are still being captured
  // Whoever has won the right to enlist it; then the reader.
  MessageLane* nextEnlisted = nullptr;
  MessageLane* nextGone = nullptr;

  // The reader's.
  alignas(FalseSharingRange) Tally takenMessages;
  bool const readerLocks;        // what waits may be dropped by the writer, or is tapped
  MessageCell* extra = nullptr;  // taken, and the request that it belongs to not yet
  // Channels that were looked up lately. Records live as long as the lane.
  struct ChannelCache {
    NameRecord const* record = nullptr;
    ChannelEntry* entry = nullptr;   // the endpoint's
    ChannelEntry* scoped = nullptr;  // of the scope for this sender
    ChannelEntry* plain = nullptr;   // entry, if scoped is null
    std::uint64_t version = 0;

    bool isOf(NameRecord const& name, std::uint64_t tableVersion) const noexcept {
      return record == &name && version == tableVersion;
    }
  };
  ChannelCache& cacheFor(NameRecord const& record) noexcept {
    return channelCaches_[record.hash % std::size(channelCaches_)];
  }
  MessageLane* nextOfSender = nullptr;  // see EndpointCore::standInLanes_
  LaneAtInbox atInbox;
  std::size_t place = 0;         // among the receiver's, under its lock
  DrivenLane* driven = nullptr;  // the driver's
  Clearing clearing;             // of a closed lane, under the receiver's lock

 private:
  [[gnu::noinline]] Taken takeShared(std::uint64_t end, std::uint64_t limit) noexcept {
    Taken const taken = guarded([&] { return MessageQueue::take(end, limit); });
    bool const isMessage = taken.cell != nullptr && kindOf(taken.word) <= Kind::Invoke;
    if (isMessage && bounds->tap != nullptr) {
      bounds->tap->taken(senderCore(), *receiver, taken.cell->name->view());
    }
    return taken;
  }

  ChannelCache channelCaches_[4];
};

}  // namespace detail
}  // namespace tincan::inline v0

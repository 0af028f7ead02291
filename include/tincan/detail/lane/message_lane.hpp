// tincan/detail/lane/message_lane.hpp - the messages of one sender that wait at one receiver
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/shares_itself.hpp>
#include <tincan/detail/drive/tap.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/tally.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/latest_messages.hpp>
#include <tincan/detail/message/bounds.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/queue/clearing.hpp>

namespace tincan::inline abi0::detail {

/// A queue of messages from one endpoint to another.
///
///   Threads   One writer, the sender's thread; one reader, the receiver's. What a member is for says
///             which of the two may touch it.
///   Order     As the sender has sent.
///   Progress  The reader takes a lock only if the writer may drop what waits.
///   Lifetime  Held by the sender's outbox and by the receiver's inbox; holds both endpoints.
struct MessageLane : MessageQueue, SharesItself<MessageLane> {
  MessageLane(std::shared_ptr<EndpointCore> from, std::shared_ptr<EndpointCore> to)
      : MessageLane(std::move(from), std::move(to), new Chunk) {}
  MessageLane(std::shared_ptr<EndpointCore> from, std::shared_ptr<EndpointCore> to, Chunk* first)
      : MessageQueue(first),
        writer(std::move(from)),
        receiver(std::move(to)),
        sender(PeerAccess::make(writer->named == nullptr ? writer : writer->named, receiver)),
        bounds(LaneBounds::make(receiver->inboxOptions)),
        tap(listenIn(senderCore(), *receiver)),
        tellsTap(tap != nullptr && tap->hearsSender()),
        readerLocks(bounds != nullptr && bounds->overflow == Overflow::DropOldest),
        readerTakesAlone(!readerLocks && tap == nullptr),
        readerTakesRuns(bounds == nullptr && tap == nullptr) {}
  MessageLane(MessageLane const&) = delete;
  MessageLane& operator=(MessageLane const&) = delete;

  /// The endpoint in whose name the messages are sent: the writer, unless that is a stand-in.
  EndpointCore& senderCore() const noexcept { return *PeerAccess::core(sender); }

  /// Calls `access` and returns what it does, under the lock if the writer may drop what waits.
  template <class F>
  [[gnu::always_inline]] auto guarded(F&& access) noexcept {
    return readerLocks ? locked(access) : access();
  }

  // ---- the reader's calls of the queue, guarded() ----

  MessageCell* front() noexcept {
    return guarded([&] { return MessageQueue::front(); });
  }
  std::uint64_t frontWord() noexcept {
    return guarded([&] { return MessageQueue::frontWord(); });
  }
  [[gnu::always_inline]] Taken take(std::uint64_t limit) noexcept {
    if (readerTakesAlone) [[likely]]
      return MessageQueue::take(limit);
    return takeShared(limit);
  }
  bool hasTakenShared(std::uint64_t last) noexcept {
    return guarded([&] { return MessageQueue::hasTaken(last); });
  }
  /// Takes the first cell, which will be handled by nobody: whoever listens in is not told.
  Taken takeToDiscard() noexcept {
    return guarded([&] { return MessageQueue::take(UINT64_MAX); });
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
  Visible visibleNow() noexcept {
    return guarded([&] { return MessageQueue::visibleNow(); });
  }
  std::uint64_t depth(std::uint64_t cells) const noexcept {
    std::uint64_t const messages = smallerOf(cells, waiting());
    return readerLocks ? smallerOf<std::uint64_t>(messages, bounds->capacity) : messages;
  }

  /// Counts a message that the reader has taken and is about to handle, and lets a writer go on that
  /// waits for its room.
  [[gnu::always_inline]] void messageTaken() noexcept {
    if (bounds != nullptr) [[unlikely]]
      return messageTakenOfBounded();
    takenMessages.add();
  }

  // ---- the writer's ----

  /// Publishes the cell that next() has returned with the next stamp of the thread, which alone writes to
  /// the lane.
  [[gnu::always_inline]] void publishNext(Kind kind, MessageCell& cell,
                                          ThreadState& thread) noexcept {
    // relaxed: whoever has learnt of what was told has synchronized with the one who told, see tell().
    std::uint64_t const told = thread.told->load(std::memory_order_relaxed);
    // The clock is not behind lastStamp: the thread has it from there, or from spokenUntil.
    lastStamp = thread.clock = largerOf(thread.clock, told) + 1;
    std::uint64_t const word = makeWord(lastStamp, kind);
    openNext(cell);
    publish(cell, word);
  }

  /// Raises the clock of the calling thread for one more message, and returns it.
  [[gnu::always_inline]] std::uint64_t nextStamp(ThreadState& thread) noexcept {
    // relaxed: whoever has learnt of what was told has synchronized with the one who told, see tell().
    std::uint64_t const told = thread.told->load(std::memory_order_relaxed);
    return thread.clock = largerOf(largerOf(thread.clock, told), lastStamp) + 1;
  }

  /// Tells the tap that the cell is about to be published.
  void tellSent(Kind kind, MessageCell const& cell, std::uint64_t stamp) const noexcept;

  /// Says that nothing more is sent by this lane. The receiver drops it once it is empty.
  void leave() noexcept;

  // ---- both sides, and any other thread ----

  /// The number of messages that wait. May be more than there are while the reader takes some.
  std::uint64_t waiting() const noexcept {
    // The taken first: what is taken has been pushed.
    std::uint64_t const gone = takenMessages.get() + droppedMessages.get();
    std::uint64_t const pushed = pushedMessages.get();
    return pushed > gone ? pushed - gone : 0;
  }

  std::shared_ptr<EndpointCore> const
      writer;  // the sender, or the stand-in that writes in its name
  std::shared_ptr<EndpointCore> const receiver;
  Peer const sender;                   // for events: the handle that the receiver answers by
  Owned<LaneBounds> const bounds;      // null: as many messages wait as memory holds
  std::unique_ptr<LaneTap> const tap;  // null: nobody listens in
  bool const tellsTap;                 // the writer does
  /// True if the receiver is open, and takes as many messages as there are, on a thread of its own.
  std::atomic<bool> isPlain{false};

  // Of the writer.
  alignas(FalseSharingRange) std::uint64_t lastStamp = 0;
  Tally pushedMessages{};
  Tally droppedMessages{};
  Owned<LatestMessages> latest{};       // null: there was none
  std::uint64_t reserved = 0;           // room for those that are being captured, not pushed yet
  MessageLane* nextEnlisted = nullptr;  // of whoever enlists it, then of the reader, see Inbox
  MessageLane* nextGone = nullptr;

  // Of the reader.
  alignas(FalseSharingRange) Tally takenMessages{};
  bool const readerLocks;        // the writer may drop what waits
  bool const readerTakesAlone;   // it need not lock, nor tell anybody
  bool const readerTakesRuns;    // nor count for anybody: it may take many in a row
  MessageCell* extra = nullptr;  // arguments that were taken before the request that they belong to

  /// Where the receiver's tables have the entries of one channel, as long as these have not changed.
  struct alignas(CacheLine) ChannelCache {
    NameRecord const* record = nullptr;  // lives as long as the lane
    ChannelEntry* entry = nullptr;       // in the endpoint's table
    ChannelEntry* scoped = nullptr;      // in the table of the scope for this sender
    ChannelEntry* plain = nullptr;       // entry, if there is no scoped one
    std::uint64_t version = 0;           // of the tables, when this was looked up

    bool isOf(NameRecord const& name, std::uint64_t tableVersion) const noexcept {
      return record == &name && version == tableVersion;
    }
  };
  ChannelCache& cacheFor(NameRecord const& record) noexcept {
    return channelCaches_[record.hash / sizeof(ChannelCache) % std::size(channelCaches_)];
  }

  // Of the receiver's list of lanes, under its lock.
  MessageLane* nextOfSender = nullptr;  // the next stand-in's lane of the same sender
  std::size_t place = 0;
  Clearing clearing{};  // of a lane whose receiver is closed

  LaneAtInbox atInbox{};         // of the inbox
  DrivenLane* driven = nullptr;  // of the driver

 private:
  template <class F>
  [[gnu::noinline]] std::invoke_result_t<F&> locked(F& access) noexcept {
    std::lock_guard const lock(bounds->mutex);
    return access();
  }
  /// The tap of a new lane; null if nobody listens in. Throws std::bad_alloc.
  static std::unique_ptr<LaneTap> listenIn(EndpointCore const& from, EndpointCore const& to);
  void messageTakenOfBounded() noexcept;
  Taken takeShared(std::uint64_t limit) noexcept;

  ChannelCache channelCaches_[4];
};

}  // namespace tincan::inline abi0::detail

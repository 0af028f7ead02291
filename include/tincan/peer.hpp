// tincan/peer.hpp - layer 8 - a handle to an endpoint
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/core.hpp>
#include <tincan/reports.hpp>
#include <tincan/value.hpp>

namespace tincan {

namespace detail {
struct PeerAccess;
}

template <class R>
class Future;

/// A handle to an endpoint, for sending to it.
///
///   Threads   Any, each with a copy or the same one. What is sent comes from the endpoint that the
///             calling thread is running, else from the first one bound to that thread; a thread
///             without endpoint sends as nobody.
///   Order     Messages from one sender to one receiver are handled in the order in which they were
///             sent.
///   Lifetime  Safe to keep after the endpoint is gone: sends then return or answer Closed.
class Peer {
 public:
  /// Nobody: an empty name, not alive.
  Peer() noexcept = default;

  /// Queues a message. The arguments are captured before it returns; what capturing throws, leaves,
  /// and then nothing was sent. Never throws because of the receiver. No allocation in steady
  /// state if the arguments fit 40 bytes.
  template <class... A>
  SendResult send(ChannelName channel, A&&... arguments) const;

  /// Sends, and blocks until a listener has set event.returnValue. None of the calling thread's
  /// own listeners run meanwhile. Throws what the listener threw, or Error: NoListener, NoReply,
  /// TypeMismatch (the answer is no R), Closed, Deadlock.
  template <class R = Value, class... A>
  R sendSync(ChannelName channel, A&&... arguments) const;

  /// sendSync that does not block: the answer, or the error, comes by the future.
  template <class R = Value, class... A>
  Future<R> request(ChannelName channel, A&&... arguments) const;

  std::string name() const { return core_ == nullptr ? std::string() : core_->name; }
  /// Unique within the bus; 0 for nobody.
  std::uint64_t id() const noexcept { return core_ == nullptr ? 0 : core_->id; }
  bool alive() const noexcept { return core_ != nullptr && core_->isAlive(); }

  friend bool operator==(Peer const& a, Peer const& b) noexcept {
    return a.core_ == b.core_ || (a.id() == 0 && b.id() == 0);
  }

 private:
  friend struct detail::PeerAccess;
  explicit Peer(std::shared_ptr<detail::EndpointCore> core) noexcept : core_(std::move(core)) {}

  std::shared_ptr<detail::EndpointCore> core_;
};

namespace detail {

struct PeerAccess {
  static Peer make(std::shared_ptr<EndpointCore> core) noexcept { return Peer(std::move(core)); }
  static EndpointCore* core(Peer const& peer) noexcept { return peer.core_.get(); }
};

/// A lane between endpoints.
struct MessageLane : MessageQueue, std::enable_shared_from_this<MessageLane> {
  MessageLane(Peer from, std::shared_ptr<EndpointCore> to)
      : sender(std::move(from)), receiver(std::move(to)) {}

  EndpointCore& senderCore() const noexcept { return *PeerAccess::core(sender); }

  // Both sides read.
  Peer const sender;
  std::shared_ptr<EndpointCore> const receiver;

  // The writer's.
  alignas(CacheLine) std::uint64_t lastStamp = 0;
  Tally pushedMessages;
  // Whoever has won the right to enlist it; then the reader.
  MessageLane* nextEnlisted = nullptr;

  // The reader's.
  alignas(CacheLine) Tally takenMessages;
  MessageCell* extra = nullptr;  // taken, and the request that it belongs to not yet
  // Channels that were looked up lately. Records live as long as the lane.
  struct Known {
    NameRecord const* record = nullptr;
    ChannelEntry* entry = nullptr;
    std::uint64_t version = 0;
  };
  Known known[4];
  unsigned quietRounds = 0;
  // Of a closed lane, under the receiver's lock.
  bool isBeingCleared = false;
  bool mustClearAgain = false;
};

}  // namespace detail
}  // namespace tincan

// tincan/detail/lane/latest_messages.hpp - the messages of one lane that later ones may supersede
#pragma once

#include <string_view>

#include <tincan/detail/base/address_map.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/message/name_table.hpp>

namespace tincan::inline abi0::detail {

/// The ticket of the last such message of each channel.
///
///   Threads   The writer's.
///   Progress  Only prepare() allocates.
///   Lifetime  The lane's. Owns the tickets of messages that were taken or wait.
class LatestMessages {
 public:
  LatestMessages() = default;
  LatestMessages(LatestMessages const&) = delete;
  LatestMessages& operator=(LatestMessages const&) = delete;
  ~LatestMessages() {
    tickets_.forEach([](LatestTicket* ticket) { delete ticket; });
  }

  /// True if the last one of that channel seems to wait.
  bool waits(NameRecord const& channel) noexcept {
    LatestTicket* const* const last = tickets_.find(&channel);
    return last != nullptr && *last != nullptr && (*last)->waits();
  }

  /// Takes the memory that replace() may need. Throws std::bad_alloc, and then nothing has happened.
  void prepare(NameRecord const& channel) {
    if (spare_ == nullptr) spare_ = Owned<LatestTicket>::make();
    if (tickets_.find(&channel) != nullptr) return;
    tickets_.makeRoom();
    tickets_.insert(&channel, nullptr);
  }

  /// Gives the cell, which is about to be published, the ticket of its channel. Returns the arguments of the message
  /// before it, which was superseded; or none, with null operations.
  [[nodiscard]] ArgumentsView replace(NameRecord const& channel, MessageCell& cell) noexcept {
    LatestTicket*& ticket = *tickets_.find(&channel);
    ArgumentsView const superseded = supersede(ticket);
    if (ticket == nullptr) ticket = spare_.release();
    ticket->reset();
    ticket->channel = &channel;
    ticket->ops = cell.arguments;
    ticket->arguments = cell.heap();
    cell.setTicket(ticket);
    return superseded;
  }

  /// Supersedes the message of a channel that another table of names knows. Returns as replace() does.
  [[nodiscard]] ArgumentsView supersede(std::string_view channel) noexcept {
    ArgumentsView superseded{nullptr, nullptr};
    tickets_.forEach([&](LatestTicket*& ticket) {
      bool const isThat = ticket != nullptr && ticket->channel->view() == channel;
      if (isThat && ticket->waits()) superseded = supersede(ticket);
    });
    return superseded;
  }

 private:
  /// Supersedes the message of that ticket, which is the receiver's then; else the ticket stays.
  static ArgumentsView supersede(LatestTicket*& ticket) noexcept {
    if (ticket == nullptr || !ticket->supersede()) return {nullptr, nullptr};
    ArgumentsView const superseded{ticket->ops, ticket->arguments};
    ticket = nullptr;
    return superseded;
  }

  AddressMap<LatestTicket*> tickets_;  // by the channel's record
  Owned<LatestTicket> spare_;
};

/// Decides, when a cell is taken out of its lane that holds such a message, that it is an ordinary message from now
/// on; or nothing, if it was superseded. Returns which. By the reader, or under the lock of its lane.
[[gnu::noinline]] inline Kind settleLatest(MessageCell& cell) noexcept {
  LatestTicket* const ticket = cell.ticket();
  Kind const kind = ticket->take() ? Kind::Message : Kind::Nothing;
  if (kind == Kind::Nothing) delete ticket;
  // relaxed, both: the cell is the caller's.
  std::uint64_t const word = cell.word.load(std::memory_order_relaxed);
  cell.word.store(makeWord(stampOf(word), kind), std::memory_order_relaxed);
  return kind;
}
/// The kind of a cell that was taken out of its lane, after that.
[[gnu::always_inline]] inline Kind settledKind(Kind kind, MessageCell& cell) noexcept {
  return kind == Kind::Latest ? settleLatest(cell) : kind;
}

}  // namespace tincan::inline abi0::detail

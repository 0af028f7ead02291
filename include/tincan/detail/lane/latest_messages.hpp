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

  /// True if the last one of a channel that another table of names knows seems to wait.
  bool waits(std::string_view channel) const noexcept {
    bool waits = false;
    tickets_.forEach([&](LatestTicket const* ticket) {
      waits = waits || (ticket != nullptr && ticket->channel->view() == channel && ticket->waits());
    });
    return waits;
  }

  /// Takes the memory that replace() may need. Throws std::bad_alloc, and then nothing has happened.
  void prepare(NameRecord const& channel) {
    if (spare_ == nullptr) spare_ = Owned<LatestTicket>::make();
    if (tickets_.find(&channel) != nullptr) return;
    tickets_.makeRoom();
    tickets_.insert(&channel, nullptr);
  }

  /// Begins to change the last message of that channel, if it waits and nothing was sent after it in the lane. Returns
  /// its ticket, for endUpdate(), or null.
  template <class Lane>
  [[nodiscard]] LatestTicket* beginUpdate(Lane const& lane, NameRecord const& channel) noexcept {
    LatestTicket* const ticket = *tickets_.find(&channel);
    bool const isLast = ticket != nullptr && lane.isLastOpened(ticket->cell);
    return isLast && ticket->beginUpdate() ? ticket : nullptr;
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
    ticket->cell = &cell;
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
    if (ticket == nullptr) return {nullptr, nullptr};
    // Read first: then the receiver may end it.
    ArgumentsView const superseded{ticket->ops, ticket->arguments};
    if (!ticket->supersede()) return {nullptr, nullptr};
    ticket = nullptr;
    return superseded;
  }

  AddressMap<LatestTicket*> tickets_{};  // by the channel's record
  Owned<LatestTicket> spare_{};
};

}  // namespace tincan::inline abi0::detail

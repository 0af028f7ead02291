// benchmarks/one_thread.hpp - main and a renderer that live on one thread
//
//   Why       Between two cores the way of a cache line takes most of the time, and hides what
//             the choice of a channel, a name or a limit adds. On one thread everything is added
//             up: what the sender does and what the receiver does.
//   Threads   The one that made it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <tincan/tincan.hpp>

#include "basics.hpp"
#include "strict_bus.hpp"
#include "traffic.hpp"

namespace bench {

class OneThread {
 public:
  static constexpr std::uint64_t burst = 256;

  explicit OneThread(tincan::BusOptions const& options = {})
      : bus_(options), sender_(bus_->attach("sender")) {}

  /// Messages on this channel are booked.
  void listen(tincan::ChannelName channel) { book(channel); }
  void listen(tincan::Channel<void(Message)> const& channel) { book(channel); }

  /// Sends a burst and handles it, and so on. send(renderer, book) sends book.next().
  template <class Send>
  double slice(std::uint64_t times, Send const& send) {
    auto const begin = nowNs();
    auto sent = sent_;
    for (auto const end = sent.count + times; sent.count < end;) {
      for (auto const stop = std::min(end, sent.count + burst); sent.count < stop;) {
        send(sender_, sent);
      }
      while (tally_.count() < sent.count) bus_->main().poll();
    }
    sent_ = sent;
    return nowNs() - begin;
  }

  void check() const {
    tally_.requireAllOf(sent_, "one thread");
    bus_.requireCount(sent_.count);
  }

  tincan::Main& main() { return bus_->main(); }

 private:
  template <class Channel>
  void book(Channel const& channel) {
    bus_->main().on(channel, [this](Message const& message) { tally_.take(message); });
  }

  StrictBus bus_;
  tincan::Renderer sender_;
  Sent sent_;
  Tally tally_;
};

}  // namespace bench

// tests/model/latest.cpp - a message that its sender supersedes while the receiver takes it
#include <tincan/detail/message/latest_ticket.hpp>

#include "message.hpp"

namespace {

using namespace model;
using Platform = model::Platform<false>;

/// The writer sends some messages, each of which supersedes the one before if that still waits: each is handled or
/// superseded, by one of the two, the last one is handled, and nobody touches a ticket that the other one has.
struct Replaced : Scenario<Replaced, 2, Platform> {
  static constexpr int Count = 3;

  struct Ticket {
    tincan::detail::LatestState<Platform> state;
    Plain<int> uses{0};  // of whoever has the ticket; -1: it has ended
  };

  std::unique_ptr<Lane<Platform>> lane = std::make_unique<Lane<Platform>>();
  Ticket tickets[Count];
  Plain<int> ticketOf[Count];
  Plain<int>
      contents[Count];  // of whoever has the message: 1 it waits, 2 it was handled, 3 superseded
  int handled = 0;
  int superseded = 0;

  void thread(unsigned index) {
    if (index == 0) write();
    else read();
  }
  void write() {
    Clock clock;
    int used = 0;
    int last = -1;
    for (int i = 0; i < Count; ++i) {
      contents[i] = 1;
      if (last >= 0 && tickets[last].state.supersede()) {
        contents[i - 1] = 3;
        ++superseded;
        last = -1;
      }
      if (last < 0) last = used++;
      tickets[last].uses = static_cast<int>(tickets[last].uses) + 1;
      tickets[last].state.reset();
      ticketOf[i] = last;
      clock.publish(*lane, i);
    }
  }
  void read() {
    for (int seen = 0; seen < Count;) {
      auto* const cell = lane->front();
      if (cell == nullptr) {
        Platform::yield();
        continue;
      }
      lane->pop();
      int const i = take(*lane, *cell);
      ++seen;
      Ticket& ticket = tickets[static_cast<int>(ticketOf[i])];
      if (ticket.state.take()) {
        MODEL_REQUIRE(static_cast<int>(contents[i]) == 1);
        contents[i] = 2;
        ++handled;
      } else {
        ticket.uses = -1;  // the contents are the writer's
      }
    }
  }
  void after() {
    MODEL_REQUIRE(handled + superseded == Count);
    MODEL_REQUIRE(static_cast<int>(contents[Count - 1]) == 2);
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Replaced>("latest: the sender supersedes what the receiver takes", 4);
  return explorer.result();
}

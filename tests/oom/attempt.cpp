// tests/oom/attempt.cpp - the room in which a verb is tried
#include "attempt.hpp"

namespace oom {

void Attempt::complain(std::string const& sentence) {
  UsualMemory const usual;
  std::lock_guard const lock(mutex_);
  if (!complaints_.empty()) complaints_ += "; ";
  complaints_ += sentence;
}

void Attempt::expectCount(std::uint64_t got, std::uint64_t wanted, std::string_view what) {
  UsualMemory const usual;
  if (got == wanted) return;
  complain(std::string(what) + ": " + std::to_string(got) + " instead of " +
           std::to_string(wanted));
}

std::string Attempt::complaints() const {
  std::lock_guard const lock(mutex_);
  return complaints_;
}

Room::Room(Attempt& attempt, RoomOptions options) : attempt_(attempt) {
  bus_.emplace(tincan::BusOptions{options.main});
  bus_->onError([this](tincan::ErrorReport const&) { ++errors_; });
  main().on("count", [this](int) { ++counted_; });
  main().on("ask", [](tincan::Event& event, int n) { event.returnValue = n + 1; });
  main().handle("call", [](int n) { return n + 2; });
  a_.emplace(bus_->attach("a"));
  a_->on("to a", [this](int) { ++toA_; });
  b_.emplace(bus_->attach("b"));
  pollAll();
  if (options.haveMet) worksOn("before the attempt");
}

void Room::pollAll() {
  for (int round = 0; round < 4; ++round) {
    main().poll();
    if (a_) a_->poll();
    if (b_) b_->poll();
  }
}

bool Room::isOpen() { return bus_ && bus_->main().peer().alive(); }

void Room::renewB() {
  b_.reset();
  b_.emplace(bus_->attach("b"));
  b_->poll();
}

void Room::worksOn(std::string_view when) {
  std::uint64_t const countedBefore = counted_, toABefore = toA_;
  std::string const said(when);
  attempt_.withMemory(said, [&] {
    using enum tincan::SendResult;
    pollAll();
    std::uint64_t const late = counted_ - countedBefore;
    attempt_.expect(a_->send("count", 1) == Queued, said + ", a's send is not Queued");
    attempt_.expect(b_->postMessage("count", 1) == Queued, said + ", b's is not Queued");
    attempt_.expect(b_->peer("a")->send("to a", 1) == Queued, said + ", b to a is not Queued");
    auto asked = a_->request<int>("ask", 10);
    auto called = b_->invoke<int>("call", 20);
    pollAll();
    attempt_.expectCount(counted_ - countedBefore - late, 2, said + ", messages to main");
    attempt_.expectCount(toA_ - toABefore, 1, said + ", messages to a");
    attempt_.expect(asked.ready() && asked.get() == 11, said + ", a's request has no answer");
    attempt_.expect(called.ready() && called.get() == 22, said + ", b's call has no answer");
    addsUp(when);
  });
}

void Room::addsUp(std::string_view when) {
  tincan::Stats const stats = bus_->stats();
  std::uint64_t dead = 0;
  for (auto const& [reason, count] : stats.deadLetters) dead += count;
  attempt_.expectCount(stats.handled + dead + stats.pending, stats.sent,
                       std::string(when) + ", handled + dead letters + pending");
}

}  // namespace oom

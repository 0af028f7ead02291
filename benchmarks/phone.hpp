// benchmarks/phone.hpp - questions that A asks, and B answers x with x + 1
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <tincan/tincan.hpp>

#include "allocations.hpp"
#include "harness.hpp"
#include "strict_bus.hpp"
#include "traffic.hpp"

namespace bench {

/// One renderer of A's that asks main, which lives on B.
class Phone {
 public:
  Phone() : caller_(bus_->attach("caller")) {
    bus_->main().on("plus-one",
                    [this](tincan::Event& event, std::uint64_t x) { event.returnValue = hear(x); });
    bus_->main().on("plus-one-with-text",
                    [this](tincan::Event& event, std::string const& text, std::uint64_t x) {
                      require(text == sampleText, "a question changed on its way");
                      event.returnValue = hear(x);
                    });
    bus_->main().handle("plus-one", [this](std::uint64_t x) { return hear(x); });
    bus_->main().handle(PlusOne, [this](std::uint64_t x) { return hear(x); });
    bus_->main().handle("plus-one-by-task", [this](std::uint64_t x) -> tincan::Task<std::uint64_t> {
      co_return hear(x);
    });
  }

  /// B's main has listeners for somebody else's messages, too.
  void addScope() {
    other_.emplace(bus_->attach("other"));
    bus_->main().from(other_->peer()).on("plus-one", [](std::uint64_t) {});
  }

  void sendSync() { accept(caller_.sendSync<std::uint64_t>("plus-one", asked_)); }
  void sendSyncText() {
    accept(caller_.sendSync<std::uint64_t>("plus-one-with-text", sampleText, asked_));
  }
  void request() { accept(caller_.request<std::uint64_t>("plus-one", asked_).get()); }
  void invoke() { accept(caller_.invoke<std::uint64_t>("plus-one", asked_).get()); }
  void invokeTyped() { accept(caller_.invoke(PlusOne, asked_).get()); }
  void invokeTask() { accept(caller_.invoke<std::uint64_t>("plus-one-by-task", asked_).get()); }
  void invokeWithin() {
    auto const within = caller_.within(std::chrono::seconds(100));
    accept(within.invoke<std::uint64_t>("plus-one", asked_).get());
  }

  /// B, while A asks. A ends it with hangUp().
  void poll() {
    while (!hungUp_.load(std::memory_order_relaxed)) bus_->main().poll();
  }
  void run() { bus_->main().run(); }

  void hangUp() {
    // relaxed: what matters was handed over by the answers.
    hungUp_.store(true, std::memory_order_relaxed);
    bus_->main().quit();
  }
  void pickUp() { hungUp_.store(false, std::memory_order_relaxed); }

  void check() {
    require(heard_ == asked_, "a question got lost or came twice");
    bus_.requireCount(asked_);
  }

 private:
  static constexpr tincan::Channel<std::uint64_t(std::uint64_t)> PlusOne{"plus-one-typed"};

  std::uint64_t hear(std::uint64_t x) {
    require(x == heard_, "a question came out of order");
    ++heard_;
    return x + 1;
  }
  void accept(std::uint64_t answer) {
    require(answer == asked_ + 1, "a question got the wrong answer");
    ++asked_;
  }

  StrictBus bus_;
  tincan::Renderer caller_;
  std::optional<tincan::Renderer> other_;
  alignas(apart) std::atomic<bool> hungUp_{false};
  alignas(apart) std::uint64_t asked_ = 0;  // A's
  alignas(apart) std::uint64_t heard_ = 0;  // B's
};

using Verb = void (Phone::*)();

/// A asks without a break; B waits by polling or in run(). How long A took.
template <Verb ask, Verb wait>
double traffic(Duo& duo, Phone& phone, std::uint64_t times) {
  double ns = 0;
  phone.pickUp();
  auto const call = [&] {
    auto const begin = nowNs();
    for (std::uint64_t i = 0; i < times; ++i) (phone.*ask)();
    ns = nowNs() - begin;
    phone.hangUp();
  };
  duo.run(call, [&] { (phone.*wait)(); });
  return ns;
}

/// Calls of operator new per question, on both threads, once everything is warm.
template <Verb ask, Verb wait>
double allocationsOf(Duo& duo) {
  constexpr std::uint64_t times = 10'000;
  Phone phone;
  traffic<ask, wait>(duo, phone, times);
  std::int64_t calls = 0;
  phone.pickUp();
  auto const call = [&] {
    // Counted in the middle of the traffic: starting and ending run() are no part of a question.
    for (std::uint64_t i = 0; i < times / 10; ++i) (phone.*ask)();
    allocations.count();
    for (std::uint64_t i = 0; i < times; ++i) (phone.*ask)();
    calls = allocations.stop().calls;
    phone.hangUp();
  };
  duo.run(call, [&] { (phone.*wait)(); });
  phone.check();
  return static_cast<double>(calls) / static_cast<double>(times);
}

}  // namespace bench

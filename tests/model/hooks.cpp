// tests/model/hooks.cpp - a hook is not running, and never runs again, when its replacement is over
#include <tincan/detail/endpoint/hook.hpp>

#include <functional>
#include <memory>
#include <utility>

#include "explore.hpp"

namespace {

using namespace model;
using tincan::detail::Inside;
using tincan::detail::NoDeadline;
using Platform = model::Platform<false>;
using Hook = tincan::detail::HookOf<Platform, Platform::mutex>;

/// What a function uses; it ends when the hook has been replaced.
struct Used {
  Atomic<std::uint32_t> calls{0};
  void use() { calls.fetch_add(1, std::memory_order_relaxed); }
};

template <class Derived, int Threads>
struct Hooked : Scenario<Derived, Threads, Platform> {
  Hook hook;
  std::uint64_t const clock = 0;  // of all of them
  Hook::RunningHook* calls[Threads] = {};

  void call(unsigned index) {
    hook.call(clock, calls[index], nullptr, Inside::IsCalled, [](void const* function) {
      (*static_cast<std::function<void()> const*>(function))();
    });
  }
  /// As waitForCalls().
  void replace(unsigned index, std::function<void()> function) {
    using Function = std::function<void()>;
    auto replaced =
        hook.replace(function ? std::make_shared<Function>(std::move(function)) : nullptr);
    for (;;) {
      Hook::HookWaiter waiter;
      if (!replaced.next(calls[index], waiter, [](auto const&) {})) return;
      while (!waiter.ended.ready()) waiter.ended.sleep(NoDeadline);
      replaced.forget(waiter);
    }
  }
};

/// Thread 0 replaces a hook that the others call, and ends what it uses.
struct Replaced : Hooked<Replaced, 3> {
  std::unique_ptr<Used> first = std::make_unique<Used>();
  Used second;

  void before() {
    Platform::withoutEarlyWakes();
    replace(0, [used = first.get()] { used->use(); });
  }
  void thread(unsigned index) {
    if (index != 0) return call(index);
    replace(0, [this] { second.use(); });
    first.reset();
  }
};

/// Two threads replace it; the calls of both functions are over when both have returned.
struct Twice : Hooked<Twice, 3> {
  std::unique_ptr<Used> first = std::make_unique<Used>();

  void before() {
    Platform::withoutEarlyWakes();
    replace(0, [used = first.get()] { used->use(); });
  }
  void thread(unsigned index) {
    if (index == 2) return call(2);
    if (index == 1) {
      auto used = std::make_unique<Used>();
      replace(1, [used = used.get()] { used->use(); });
      replace(1, {});
      return;
    }
    replace(0, {});
    first.reset();
  }
};

/// The hook replaces itself in the midst of a call, and uses what it has captured afterwards; another
/// thread waits for the end of that.
struct BySelf : Hooked<BySelf, 2> {
  Used second;
  std::unique_ptr<Used> first = std::make_unique<Used>();

  void before() {
    Platform::withoutEarlyWakes();
    auto const captured = std::make_shared<Used>();
    replace(0, [this, captured] {
      replace(1, [this] { second.use(); });
      captured->use();
      first->use();
    });
  }
  void thread(unsigned index) {
    if (index == 1) return call(1);
    replace(0, {});
  }
};

/// The one who waits gives up, as when it finds a circle; the end of the call tells it no more.
struct GivesUp : Hooked<GivesUp, 2> {
  Used used;

  void before() {
    replace(0, [this] { used.use(); });
  }
  void thread(unsigned index) {
    if (index == 1) return call(1);
    auto replaced = hook.replace({});
    auto waiter = std::make_unique<Hook::HookWaiter>();
    if (!replaced.next(calls[0], *waiter, [](auto const&) {})) return;
    waiter->ended.sleep(1);
    replaced.forget(*waiter);
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Replaced>("hooks: replaced while it is called", 3);
  explorer.run<Twice>("hooks: replaced by two", 3);
  explorer.run<BySelf>("hooks: replaced by itself", 3);
  explorer.run<GivesUp>("hooks: who waits gives up", 3);
  return explorer.result();
}

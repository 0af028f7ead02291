// tincan/detail/thread_state.hpp - layer 8 - what this thread is to the buses
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <tincan/detail/answer_slot.hpp>
#include <tincan/detail/core.hpp>
#include <tincan/detail/spin_budget.hpp>

namespace tincan::detail {

/// The part that every send looks at: initialised by the compiler, so that access is one load.
struct ThreadState {
  EndpointCore* current = nullptr;  // whose poll or thread body is running, the innermost
  EndpointCore* speaker = nullptr;  // who speaks when none is; a cache
  Token* token = nullptr;           // null until the thread is first seen
  std::uint64_t clock = 0;          // Lamport's
  unsigned sending = 0;             // how many sends are under way, one inside another
  EndpointCore* leaving = nullptr;  // those that leave() once no send is under way
  AnswerPool answers;
  SpinBudget waitSpins{2000};
};
inline constinit thread_local ThreadState threadState;

/// The part that ends with the thread.
class ThreadHolder {
 public:
  ThreadHolder() : token_(std::make_shared<Token>()) {
    threadState.token = token_.get();
    threadState.answers.begin();
  }
  ThreadHolder(ThreadHolder const&) = delete;
  ThreadHolder& operator=(ThreadHolder const&) = delete;

  ~ThreadHolder() {
    // seq_cst: pairs with EndpointCore::abandon(); one of the two lets the lanes go.
    token_->ended.store(1, std::memory_order_seq_cst);
    auto const bound = std::exchange(bound_, {});
    auto const nobodies = std::exchange(nobodies_, {});
    threadState.current = nullptr;
    threadState.speaker = nullptr;
    threadState.token = nullptr;
    for (auto const& core : nobodies) core->leave();
    for (auto const& core : bound) core->threadEnded();
    threadState.answers.end();
  }

  std::shared_ptr<Token> const& token() const noexcept { return token_; }

  void bind(std::shared_ptr<EndpointCore> core) {
    bound_.push_back(std::move(core));
    threadState.speaker = nullptr;
  }

  void unbind(EndpointCore const& core) {
    std::erase_if(bound_, [&](auto const& held) { return held.get() == &core; });
    threadState.speaker = nullptr;
  }

  /// The first one that is bound to this thread and open, on whatever bus; or null.
  EndpointCore* firstBound() const noexcept {
    for (auto const& core : bound_) {
      if (!core->isClosed()) return core.get();
    }
    return nullptr;
  }

  /// The first endpoint of the bus that is bound to this thread, else the thread as nobody.
  /// Throws WrongThread if the bus is driven, and not here.
  EndpointCore& speakerOf(std::shared_ptr<BusCore> const& bus) {
    if (bus->driver() != nullptr) bus->driver()->checkCaller();
    std::erase_if(bound_, [](auto const& held) { return held->wasLeft(); });
    for (auto const& core : bound_) {
      if (core->bus == bus && !core->isClosed()) return *core;
    }
    for (auto const& core : nobodies_) {
      if (core->bus == bus) return *core;
    }
    forgetClosedBuses();
    nobodies_.push_back(bus->addNobody(bus));
    return *nobodies_.back();
  }

 private:
  void forgetClosedBuses() {
    std::erase_if(nobodies_, [](auto const& core) {
      if (!core->bus->isClosed()) return false;
      core->leave();
      return true;
    });
  }

  std::shared_ptr<Token> token_;
  std::vector<std::shared_ptr<EndpointCore>> bound_, nobodies_;
};

/// Null once the thread's own objects are being destroyed.
inline ThreadHolder* threadHolder() {
  // Two flags instead of one object that is asked after its end.
  enum class Life : unsigned char { Unborn, Alive, Over };
  static constinit thread_local Life life = Life::Unborn;
  if (life == Life::Over) return nullptr;
  struct Guarded {
    ThreadHolder holder;
    ~Guarded() { life = Life::Over; }
  };
  static thread_local Guarded guarded;
  life = Life::Alive;
  return &guarded.holder;
}

inline bool EndpointCore::isBoundHere() const noexcept {
  Token const* const thread = owner.load(std::memory_order_acquire);
  return thread != nullptr && thread == threadState.token;
}

inline Token* thisToken() {
  if (threadState.token == nullptr) [[unlikely]]
    threadHolder();
  return threadState.token;
}

/// The endpoint that the thread is running, else the first one that is bound to it; or null.
inline EndpointCore* endpointOfThread() {
  if (threadState.current != nullptr) return threadState.current;
  ThreadHolder* const holder = threadHolder();
  return holder == nullptr ? nullptr : holder->firstBound();
}

/// In whose name the calling thread speaks on a bus.
class Speaker {
 public:
  /// Nobody, on no bus.
  Speaker() noexcept = default;
  explicit Speaker(EndpointCore& core) noexcept : core_(&core) {}
  explicit Speaker(std::shared_ptr<BusCore> const& bus) {
    ThreadState& state = threadState;
    if (state.current != nullptr && state.current->bus == bus) [[likely]] {
      core_ = state.current;
    } else if (state.speaker != nullptr && state.speaker->bus == bus &&
               !state.speaker->isClosed()) {
      core_ = state.speaker;
    } else {
      find(bus);
    }
  }
  Speaker(Speaker const&) = delete;
  Speaker& operator=(Speaker const&) = delete;
  [[gnu::always_inline]] ~Speaker() {
    if (once_ != nullptr) [[unlikely]]
      leave();
  }

  EndpointCore& core() const noexcept { return *core_; }

 private:
  [[gnu::noinline]] void find(std::shared_ptr<BusCore> const& bus) {
    if (ThreadHolder* const holder = threadHolder()) {
      core_ = threadState.speaker = &holder->speakerOf(bus);
    } else {
      // A destructor of a thread_local object sends: as nobody, for this once.
      auto made = bus->addNobody(bus);
      core_ = once_ = made.get();
      once_->holdUntilLeft_ = std::move(made);
    }
  }
  [[gnu::noinline]] void leave() noexcept {
    auto const hold = std::move(once_->holdUntilLeft_);
    once_->leave();
  }

  EndpointCore* core_ = nullptr;
  EndpointCore* once_ = nullptr;  // holds itself
};

/// While it lives, the thread runs an endpoint.
class Running {
 public:
  explicit Running(EndpointCore& core) noexcept
      : before_(std::exchange(threadState.current, &core)) {}
  ~Running() { threadState.current = before_; }
  Running(Running const&) = delete;
  Running& operator=(Running const&) = delete;

 private:
  EndpointCore* before_;
};

/// While it lives, the thread is sending. User code runs inside a send (copy constructors of
/// arguments, hooks) and may end any endpoint: neither the lanes from this thread's endpoints nor
/// the endpoints go away before the send is over.
class Sending {
 public:
  [[gnu::always_inline]] Sending() noexcept { ++threadState.sending; }
  [[gnu::always_inline]] ~Sending() {
    if (--threadState.sending == 0 && threadState.leaving != nullptr) [[unlikely]]
      leaveNow();
  }
  Sending(Sending const&) = delete;
  Sending& operator=(Sending const&) = delete;

  /// This send is inside of another one.
  static bool isNested() noexcept { return threadState.sending > 1; }

 private:
  [[gnu::noinline]] static void leaveNow() noexcept {
    while (EndpointCore* const core = threadState.leaving) {
      threadState.leaving = core->nextLeaving_;
      auto const hold = std::exchange(core->holdUntilLeft_, nullptr);
      core->letGo();
    }
  }
};

inline void raiseClock(std::uint64_t stamp) noexcept {
  if (stamp > threadState.clock) threadState.clock = stamp;
}

}  // namespace tincan::detail

// tests/model/quits.cpp - each quit ends one run, and what stop tokens stop is stopped
#include <tincan/detail/endpoint/quits.hpp>

#include "explore.hpp"

namespace {

using namespace model;
using Platform = model::Platform<false>;

/// A source of stop tokens, that notices when it is used after its end.
class StopSource {
 public:
  class ThreadToken {
   public:
    explicit ThreadToken(std::shared_ptr<Atomic<std::uint32_t>> state) : state_(std::move(state)) {}
    bool isRequested() const { return state_->load(std::memory_order_acquire) != 0; }

   private:
    std::shared_ptr<Atomic<std::uint32_t>> state_;
  };

  ThreadToken get_token() {
    isThere_.load(std::memory_order_relaxed);
    return ThreadToken(state_);
  }
  void request_stop() {
    isThere_.load(std::memory_order_relaxed);
    state_->exchange(1, std::memory_order_acq_rel);
  }

 private:
  Atomic<std::uint32_t> isThere_{1};
  std::shared_ptr<Atomic<std::uint32_t>> state_ = std::make_shared<Atomic<std::uint32_t>>(0U);
};

/// With one place for what is known of quits, so that they overwrite each other.
using Quits = tincan::detail::QuitsOf<Platform, StopSource, 1>;

/// Two threads tell to quit, or one and its signal handler: that runs at any moment in the midst of the
/// thread, and is played by a thread of its own, which may do more than it.
struct Counts : Scenario<Counts, 3, Platform> {
  Quits quits;
  Quits::ThreadToken tokens[2];
  Plain<int> wrote[2];
  int runs = 0;

  void thread(unsigned index) {
    if (index != 2) {
      wrote[index] = 7;
      quits.request({&tokens[index], index + 10});
      return;
    }
    while (runs < 2) {
      if (!quits.isRequested()) {
        Platform::yield();
        continue;
      }
      Quits::Quit const quit = quits.takeOldest();
      if (quit.thread != nullptr) {
        auto const of = static_cast<unsigned>(quit.clock - 10);
        MODEL_REQUIRE(quit.thread == &tokens[of]);
        MODEL_REQUIRE(wrote[of] == 7);
      }
      quits.renewStop();
      ++runs;
    }
    MODEL_REQUIRE(!quits.isRequested());
    MODEL_REQUIRE(wrote[0] == 7 && wrote[1] == 7);
  }
};

/// A thread waits until the token that it has got is requested. A quit ends a run, and then the
/// endpoint is closed. `IsThere`: somebody has got one before.
template <bool IsThere>
struct Stops : Scenario<Stops<IsThere>, 3, Platform> {
  Quits quits;
  Atomic<std::uint32_t> isClosed{0};

  void before() {
    if (IsThere) quits.stopToken([] { return false; });
  }

  void thread(unsigned index) {
    if (index == 0) {
      auto const token = quits.stopToken([this] { return closed(); });
      while (!token.isRequested()) Platform::yield();
    } else if (index == 1) {
      quits.request({});
    } else {
      while (!quits.isRequested()) Platform::yield();
      quits.takeOldest();
      quits.renewStop();
      isClosed.store(1, std::memory_order_seq_cst);
      quits.requestStop();
    }
  }
  bool closed() const { return isClosed.load(std::memory_order_seq_cst) != 0; }
};

/// A token that is got once the run has ended is a new one, that nothing has requested yet. `IsThere`:
/// one was got before.
template <bool IsThere>
struct Renewed : Scenario<Renewed<IsThere>, 2, Platform> {
  Quits quits;

  void thread(unsigned index) {
    if (index == 0) return quits.request({});
    while (!quits.isRequested()) Platform::yield();
    if (IsThere) MODEL_REQUIRE(quits.stopToken([] { return false; }).isRequested());
    quits.takeOldest();
    MODEL_REQUIRE(quits.stopToken([] { return false; }).isRequested());
    quits.renewStop();
    MODEL_REQUIRE(!quits.stopToken([] { return false; }).isRequested());
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Counts>("quits: two are two", 3);
  explorer.run<Stops<false>>("quits: a stop token and the end of a run", 3);
  explorer.run<Stops<true>>("quits: a stop token that is there", 3);
  explorer.run<Renewed<false>>("quits: a new stop token", 3);
  explorer.run<Renewed<true>>("quits: a new stop token after another one", 3);
  return explorer.result();
}

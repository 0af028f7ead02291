// tests/model/close_listeners.cpp - who listens for the end of an endpoint is told once, when all is over
#include <tincan/detail/endpoint/close_listeners.hpp>

#include <memory>

#include "explore.hpp"

namespace {

using namespace model;
using Platform = model::Platform<false>;
using Mutex = Platform::mutex;
using Listener = tincan::detail::CloseListenerOf<Mutex>;

/// An endpoint as it is seen by who ends it: it is closed, and falls silent, each on some thread.
struct Endpoint {
  tincan::detail::CloseListenersOf<Mutex> listeners;
  Plain<bool> isClosed{false}, isSilent{false};

  void close() {
    isClosed = true;
    listeners.endpointIsClosed([] {});
  }
  void beSilent() {
    isSilent = true;
    listeners.endpointIsSilent();
  }
};

/// As that of Peer::onClose().
struct Gone : Listener {
  explicit Gone(Endpoint const& end) : endpoint(end) {}
  void endpointIsClosed() noexcept override {
    MODEL_REQUIRE(endpoint.isClosed && endpoint.isSilent);
    times.fetch_add(1, std::memory_order_relaxed);
  }
  Endpoint const& endpoint;
  Atomic<int> times{0};
};

/// Thread 0 closes the endpoint, thread 1 lets it fall silent, the last one listens for that.
struct Listens : Scenario<Listens, 3, Platform> {
  Endpoint endpoint;
  std::shared_ptr<Gone> gone = std::make_shared<Gone>(endpoint);
  bool isAdded = false;

  void thread(unsigned index) {
    if (index == 0) return endpoint.close();
    if (index == 1) return endpoint.beSilent();
    isAdded = endpoint.listeners.addForSilence(gone);
    if (isAdded) return;
    MODEL_REQUIRE(endpoint.isClosed && endpoint.isSilent);  // so it is told at once, by itself
  }
  void after() { MODEL_REQUIRE(gone->times.load(std::memory_order_relaxed) == (isAdded ? 1 : 0)); }
};

/// The last thread gives the listener up meanwhile: nobody touches it afterwards.
struct GivenUp : Scenario<GivenUp, 3, Platform> {
  Endpoint endpoint;
  std::shared_ptr<Gone> gone = std::make_shared<Gone>(endpoint);

  void before() { MODEL_REQUIRE(endpoint.listeners.addForSilence(gone)); }
  void thread(unsigned index) {
    if (index == 0) return endpoint.close();
    if (index == 1) return endpoint.beSilent();
    gone.reset();
  }
};

/// Is told of the closing alone; who adds it looks afterwards whether the endpoint is closed.
struct Ends : Listener {
  void endpointIsClosed() noexcept override { times.fetch_add(1, std::memory_order_relaxed); }
  Atomic<int> times{0};
};
struct AddsBesides : Scenario<AddsBesides, 2, Platform> {
  tincan::detail::CloseListenersOf<Mutex> listeners;
  Atomic<bool> isClosed{false};
  std::shared_ptr<Ends> one = std::make_shared<Ends>();
  bool hasFound = false;

  void thread(unsigned index) {
    if (index == 0) {
      isClosed.store(true, std::memory_order_seq_cst);
      return listeners.endpointIsClosed([] {});
    }
    listeners.add(one);
    hasFound = isClosed.load(std::memory_order_seq_cst);
  }
  void after() {
    int const times = one->times.load(std::memory_order_relaxed);
    MODEL_REQUIRE(times == 1 || (times == 0 && hasFound));
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Listens>("close listeners: a close, a silence, and one for both", 3);
  explorer.run<GivenUp>("close listeners: one is given up meanwhile", 3);
  explorer.run<AddsBesides>("close listeners: one is added beside a close", 4);
  return explorer.result();
}

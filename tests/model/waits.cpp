// tests/model/waits.cpp - threads that wait for each other in a circle: exactly one is told
//
// Each thread waits for the next one and answers the one before it when its own wait is over. An edge
// is deleted as soon as its thread has withdrawn it: Relacy reports a walk that looks at it then.
#include <string>

#include <tincan/detail/wait_graph.hpp>

#include "explore.hpp"

namespace {

using namespace model;
using tincan::detail::NoDeadline;

/// Relacy has no atomic pointer to something const.
template <class T>
struct AtomicFor : Atomic<T> {
  using Atomic<T>::Atomic;
};
template <class T>
struct AtomicFor<T const*> : Atomic<T*> {
  AtomicFor(T const* value) : Atomic<T*>(const_cast<T*>(value)) {}
  void store(T const* value, std::memory_order order) {
    Atomic<T*>::store(const_cast<T*>(value), order);
  }
};

template <bool Heavy>
struct WaitPlatform : model::Platform<Heavy> {
  template <class T>
  using atomic = AtomicFor<T>;
  struct mutex {
    void lock() { held.lock({__FUNCTION__, __FILE__, __LINE__}); }
    void unlock() { held.unlock({__FUNCTION__, __FILE__, __LINE__}); }
    rl::mutex held;
  };
};

template <class Platform>
struct Endpoint : tincan::detail::Party<Platform> {
  std::string displayName() const override { return "endpoint"; }
  bool isOver() const noexcept override { return false; }
};

template <int Threads, bool Heavy>
struct Circle : Scenario<Circle<Threads, Heavy>, Threads, WaitPlatform<Heavy>> {
  using Platform = WaitPlatform<Heavy>;
  using Edge = tincan::detail::Wait<Platform>;

  tincan::detail::WaitGraph<Platform> graph;
  tincan::detail::ThreadToken<Platform> tokens[Threads];
  Endpoint<Platform> endpoints[Threads];
  tincan::detail::AnswerState<Platform> answers[Threads];
  int told[Threads] = {};

  void before() {
    for (int i = 0; i < Threads; ++i) {
      endpoints[i].owner.store(&tokens[i], std::memory_order_relaxed);
    }
  }

  void thread(unsigned index) {
    auto const next = (index + 1) % Threads;
    auto* const edge =
        new Edge{&answers[index], &endpoints[next], &endpoints[index], &tokens[index], true, index};
    told[index] = wait(index, *edge) ? 0 : 1;
    graph.end(tokens[index], *edge);
    delete edge;
    answers[(index + Threads - 1) % Threads].publish();
  }

  /// As Waiting does it. False: waiting would never end.
  bool wait(unsigned index, Edge& edge) {
    auto& token = tokens[index];
    if (!graph.begin(token, edge) && !graph.look(token, edge).empty()) return false;
    if (!graph.sleeping(token, edge).empty()) return false;
    bool isFine = true;
    while (isFine && !answers[index].ready()) {
      answers[index].sleep(NoDeadline);
      if (!answers[index].ready()) isFine = graph.look(token, edge).empty();
    }
    graph.awake(edge);
    return isFine;
  }

  void after() {
    int sum = 0;
    for (int const one : told) sum += one;
    MODEL_REQUIRE(sum == 1);
  }
};

/// One of the two gives up whatever happens, as at a deadline.
template <bool Heavy>
struct Leaver : Circle<2, Heavy> {
  void thread(unsigned index) {
    if (index == 0) return Circle<2, Heavy>::thread(index);
    auto* const edge = new typename Circle<2, Heavy>::Edge{
        &this->answers[1], &this->endpoints[0], &this->endpoints[1], &this->tokens[1], true, index};
    bool const isFine = this->graph.begin(this->tokens[1], *edge) ||
                        this->graph.look(this->tokens[1], *edge).empty();
    this->told[1] = isFine ? 0 : 1;
    this->graph.end(this->tokens[1], *edge);
    delete edge;
    this->answers[0].publish();
  }
  void after() { MODEL_REQUIRE(this->told[0] + this->told[1] <= 1); }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Circle<2, false>>("waits: two in a circle", 2);
  explorer.run<Circle<2, true>>("waits: two in a circle, heavy barrier", 2);
  explorer.run<Circle<3, false>>("waits: three in a circle", 2);
  explorer.run<Circle<3, true>>("waits: three in a circle, heavy barrier", 2);
  explorer.run<Leaver<false>>("waits: one of two gives up", 3);
  explorer.run<Leaver<true>>("waits: one of two gives up, heavy barrier", 3);
  return explorer.result();
}

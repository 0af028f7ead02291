// tests/storm/worker.hpp - one thread of a storm: its endpoints, and what it does at random
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "world.hpp"

namespace storm {

/// Has endpoints of several buses, which live and end on its thread. What its listeners do in turn
/// is random, too, and nested up to a few levels.
class Worker {
 public:
  Worker(World& world, std::uint64_t seed);
  Worker(Worker const&) = delete;
  Worker& operator=(Worker const&) = delete;
  ~Worker();

  void step();
  /// Inside a listener, a handler, a posted function: now and then something.
  void stepInside();

  /// The body of a spawned renderer.
  void runBody(tincan::Renderer& renderer);

 private:
  struct Act {
    std::uint64_t weight;
    char const* what;
    void (Worker::*run)();
  };
  static std::vector<Act> const& acts();
  void act();

  // Sending: sending.cpp
  void sendNumbered();
  void sendWitnessed();
  void sendNoise();
  void sendOwn();
  void askAndWait();
  void askLater();
  void settleQuestion();
  void answer();
  void broadcast();
  void postFunction();
  tincan::SendResult send(Address const& to, char const* channel);
  void noise(tincan::Peer const& to);
  void settle(Question question);

  // Listening, living and ending: living.cpp
  void attach();
  void endRenderer();
  void closeRenderer();
  void poll();
  void quitAndRun();
  void runUntilStopped();
  void runTwo();
  void lend();
  void changeListeners();
  void actLater(tincan::Endpoint& endpoint);
  void removeListener();
  void listenInScope();
  void wake();
  void openPorts();
  void usePort();
  void sendPort();
  void spawn();
  void endThread();
  void makeBus();
  void closeBus();
  void endBus();
  void awaitTask();
  void awaitTwo();
  void cancelTask();
  void withdraw();

  void listen(tincan::Endpoint& endpoint, bool mayHaveGaps);
  void listenToNoise(tincan::Endpoint& endpoint);
  tincan::Endpoint* someEndpoint();
  tincan::InboxOptions someInbox();
  BusHandle someBus();

  World& world_;
  std::uint64_t const thread_;
  std::unordered_map<std::uint64_t, std::uint64_t> numbers_;  // by the receiver's key
  std::vector<std::unique_ptr<tincan::Renderer>> renderers_;
  std::vector<BusHandle> buses_;  // whose main lives here
  tincan::Renderer* body_ = nullptr;
  bool mayHaveMore_ = true;  // other endpoints, which somebody polls
  int depth_ = 0;
};

/// The worker of this thread; null outside of a storm's threads.
inline thread_local Worker* worker = nullptr;
/// What listeners do that may run on any thread.
inline void actInside() {
  if (worker != nullptr) worker->stepInside();
}

}  // namespace storm

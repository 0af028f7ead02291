// tests/race/closing.cpp - a bus is closed at any moment
//
// A bus is closed by one thread at any moment of what the others do with it: nothing hangs, nothing is
// lost uncounted, and every argument is destroyed.
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <tincan/tincan.hpp>
#include <utility>
#include <vector>

#include "amounts.hpp"
#include "catch.hpp"
#include "unit/support.hpp"

namespace {

using namespace std::chrono_literals;

unsigned busesToClose() { return amounts::fromEnvironment("TINCAN_RACE_BUSES").value_or(400); }

constexpr unsigned Users = 3;  // threads, the first of which has main

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  unsigned below(unsigned n) { return static_cast<unsigned>(engine_() % n); }

 private:
  std::minstd_rand engine_;
};

/// One bus, those who use it, and the arguments that are on the way.
struct Stage {
  Stage() { peers[0] = bus.main().peer(); }

  tincan::Peer peer(unsigned index) const {
    std::lock_guard const lock(mutex);
    return peers[index];
  }
  void set(unsigned index, tincan::Peer peer) {
    std::lock_guard const lock(mutex);
    peers[index] = std::move(peer);
  }

  std::shared_ptr<int> const argument = std::make_shared<int>(0);  // each message has a share in it
  tincan::Bus bus;
  std::atomic<unsigned> operations{0};
  std::atomic<bool> isOver{false};
  mutable std::mutex mutex;
  tincan::Peer peers[Users];
};

using Argument = std::shared_ptr<int>;

class User {
 public:
  User(Stage& stage, unsigned index, unsigned seed)
      : stage_(stage), index_(index), random_(seed + index) {}

  void run() {
    while (!stage_.isOver.load(std::memory_order_relaxed)) {
      try {
        if (index_ == 0) {
          live(stage_.bus.main());
        } else {
          auto renderer = stage_.bus.attach("user " + std::to_string(index_));
          stage_.set(index_, renderer.peer());
          live(renderer);
        }
      } catch (tincan::Error const&) {
        std::this_thread::yield();  // most likely Closed
      }
    }
  }

 private:
  template <class Endpoint>
  void live(Endpoint& ipc) {
    listen(ipc);
    ipc.poll();
    for (unsigned left = 50 + random_.below(200); left > 0; --left) {
      if (stage_.isOver.load(std::memory_order_relaxed)) return;
      act(ipc);
      stage_.operations.fetch_add(1, std::memory_order_relaxed);
    }
  }

  void listen(tincan::Endpoint& ipc) {
    ipc.removeAllListeners();  // main has lived before
    ipc.removeHandler("call");
    ipc.on("say", [this](tincan::Event& event, Argument const& argument) {
      for (auto& port : event.ports) port.start();
      if (random_.below(2) == 0) event.reply("reply", argument);
    });
    ipc.on("ask", [this](tincan::Event& event, Argument const& argument) {
      if (random_.below(2) == 0) event.returnValue = argument;
      else later_.push_back(event.defer());
    });
    ipc.handle("call", [](Argument const& argument) { return argument; });
  }

  tincan::Peer anybody() { return stage_.peer(random_.below(Users)); }

  template <class Endpoint>
  void act(Endpoint& ipc) {
    auto const peer = anybody();
    auto const& argument = stage_.argument;
    switch (random_.below(20)) {
      case 0:
      case 1:
      case 2: peer.send("say", argument); break;
      case 3:
        attempt([&] { peer.within(20us).template sendSync<Argument>("ask", argument); });
        break;
      case 4: attempt([&] { peer.template sendSync<Argument>("say", argument); }); break;
      case 5: then(ipc, peer.template request<Argument>("ask", argument)); break;
      case 6: then(ipc, peer.within(30us).template invoke<Argument>("call", argument)); break;
      case 7: await(peer.template invoke<Argument>("call", argument)); break;
      case 8: kept_.push_back(peer.template request<Argument>("ask", argument)); break;
      case 9:
        if (!kept_.empty()) kept_.erase(kept_.begin());
        for (auto& reply : later_) reply.set(argument);
        later_.clear();
        break;
      case 10: {
        tincan::ScopedListener const scoped{ipc.on("reply", [argument] {})};
        ipc.poll(2);
        break;
      }
      case 11: ipc.once("reply", [argument] {}); break;
      case 12: ipc.onWake(random_.below(2) == 0 ? [argument] {} : std::function<void()>()); break;
      case 13: ipc.post([argument] {}); break;
      case 14:
        ipc.quit();
        ipc.run();
        break;
      case 15: {
        tincan::MessageChannel channel;
        channel.port2.on("message", [argument] {});
        channel.port1.postMessage(argument);
        peer.postMessage("say", argument, std::move(channel.port1));
        channel.port2.start(ipc);
        ports_.push_back(std::move(channel.port2));
        if (ports_.size() > 4) ports_.clear();
        break;
      }
      case 16: scoped(ipc, peer); break;
      case 17:
        stage_.bus.stats();
        stage_.bus.main().renderers();
        break;
      default:
        for (unsigned i = random_.below(200); i > 0; --i) ipc.poll();
    }
  }

  void scoped(tincan::Main& ipc, tincan::Peer const& peer) {
    ipc.broadcast("say", stage_.argument);
    if (peer != ipc.peer()) ipc.from(peer).on("say", [argument = stage_.argument] {});
  }
  void scoped(tincan::Renderer& ipc, tincan::Peer const&) {
    ipc.sendToHost("say", stage_.argument);
  }

  template <class Verb>
  static void attempt(Verb&& verb) {
    try {
      verb();
    } catch (tincan::Error const&) {
    }
  }

  void then(tincan::Endpoint& ipc, tincan::Future<Argument> future) {
    future.then(ipc, [](tincan::Future<Argument> ready) { attempt([&] { ready.get(); }); });
  }
  static tincan::Task<void> await(tincan::Future<Argument> future) {
    try {
      co_await future;
    } catch (tincan::Error const&) {
    }
  }

  Stage& stage_;
  unsigned index_;
  Random random_;
  std::vector<tincan::Reply> later_;
  std::vector<tincan::Future<Argument>> kept_;
  std::vector<tincan::MessagePort> ports_;
};

}  // namespace

TEST_CASE("race: a bus is closed at any moment") {
  Random random(1);
  for (unsigned seed = 0; seed < busesToClose(); ++seed) {
    auto stage = std::make_unique<Stage>();
    stage->bus.onError([](tincan::ErrorReport const&) {});
    std::weak_ptr<int> const argument = stage->argument;
    {
      std::vector<std::unique_ptr<User>> users;
      std::vector<std::thread> threads;
      for (unsigned i = 0; i < Users; ++i) {
        users.push_back(std::make_unique<User>(*stage, i, seed * Users));
        threads.emplace_back([user = users.back().get()] { user->run(); });
      }
      unsigned const until = random.below(300);
      while (stage->operations.load(std::memory_order_relaxed) < until) std::this_thread::yield();
      stage->bus.close();
      stage->isOver = true;
      for (auto& thread : threads) thread.join();
    }
    auto const stats = stage->bus.stats();
    REQUIRE(stats.sent == stats.handled + test::deadLettersOf(stats) + stats.pending);
    REQUIRE(stats.pending == 0);
    stage.reset();
    REQUIRE(argument.expired());
  }
}

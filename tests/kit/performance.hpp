// tests/kit/performance.hpp - one run of a program: on a bus of threads, or on a simulated one
#pragma once

#include <tincan/run_all.hpp>
#include <tincan/tincan.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "activity.hpp"
#include "pauses.hpp"
#include "program.hpp"

namespace kit {

/// What a listener of a program throws.
class Thrown : public std::exception {
 public:
  char const* what() const noexcept override { return "thrown"; }
};

/// Runs a program. Each endpoint notes what it sees; all notes together are the outcome.
///
///   Threads   begin() and outcome(): one that does nothing else meanwhile. freeze(), activity(),
///             isThere(): any.
///   Lifetime  Must outlive what runs on the bus.
class Performance {
 public:
  /// `seed`: of the pauses; nothing: there are none.
  explicit Performance(Program const& program, std::optional<std::uint64_t> seed = {})
      : program_(program), seed_(seed), own_(program.actors.size()) {}
  Performance(Performance const&) = delete;
  Performance& operator=(Performance const&) = delete;

  using Body = std::function<void(tincan::Renderer&)>;
  using Spawn = std::function<void(std::string, tincan::InboxOptions, Body)>;

  /// Lets main listen, and spawns all others that are there from the beginning.
  void begin(tincan::Bus& bus, Spawn const& spawn) {
    bus.onError([](tincan::ErrorReport const&) {});
    bus.onDeadLetter([](tincan::DeadLetter const&) {});
    bus_ = &bus;
    own_[0].endpoint = &bus.main();
    listen(0);
    bus.main().on("woken", [this](tincan::Event& event) {
      Activity::Doing const doing(activity_);
      say(0, "woken by " + event.sender.name());
    });
    share();
    peers_.push_back(bus.main().peer());
    for (std::size_t a = 1; a < own_.size() && !program_.actors[a].spawnedBy.has_value(); ++a) {
      spawn(nameOf(a), program_.actors[a].inbox, bodyOf(a));
      peers_.push_back(*bus.main().renderer(nameOf(a)));
    }
    mayBegin_ = true;
  }

  /// What each endpoint has seen.
  std::string outcome() const {
    std::string text;
    for (std::size_t a = 0; a < own_.size(); ++a) {
      text += "  " + nameOf(a) + ": " + own_[a].seen + "\n";
    }
    return sharedSeen_.empty() ? text : text + "  shared: " + sharedSeen_ + "\n";
  }
  bool hasMarks() const {
    return std::any_of(own_.begin(), own_.end(), [](Own const& own) { return own.marks != 0; });
  }
  /// What was marked so far.
  std::string marks() const {
    std::string text = "  at some time marked:";
    for (Own const& own : own_) text += " " + std::to_string(own.marks);
    return text + "\n";
  }

  /// What happens from now on is no part of the outcome.
  void freeze() { isFrozen_ = true; }
  Activity const& activity() const { return activity_; }

  /// Whether the endpoint was spawned, and its body or its end may still do something.
  bool isThere(std::size_t actor) const { return own_[actor].isThere; }

 private:
  struct Own {
    std::string seen{};
    tincan::Endpoint* endpoint = nullptr;  // null before its body and after it
    tincan::Renderer* renderer = nullptr;  // the endpoint, if it is none of main
    std::vector<tincan::Reply> replies{};
    std::vector<tincan::Future<int>> futures{};
    std::vector<tincan::MessagePort> ports{};
    std::optional<tincan::RendererThread> child{};
    std::vector<tincan::Task<void>> tasks{};
    std::optional<tincan::Renderer> beside{};
    unsigned marks = 0;
    std::atomic<bool> isThere{false};

    void end() {
      endpoint = renderer = nullptr;
      tasks.clear();
      futures.clear();
      replies.clear();
      ports.clear();
      child.reset();
      beside.reset();
    }
  };

  // ---- bodies -----------------------------------------------------------------------------------

  /// The body of an endpoint. It is destroyed once the endpoint has ended.
  Body bodyOf(std::size_t a) {
    own_[a].isThere = true;
    std::shared_ptr<void> const presence(nullptr, [this, a](void*) { own_[a].isThere = false; });
    auto beginning = std::make_shared<Activity::Doing>(activity_);
    return [this, a, presence, beginning](tincan::Renderer& ipc) mutable {
      std::optional<Pauses> pauses;
      if (seed_.has_value()) pauses.emplace(*seed_ + 3 * a);
      begin(ipc, a);
      beginning.reset();
      if (program_.actors[a].runs) run(ipc, a);
      Activity::Doing const doing(activity_);
      own_[a].end();
    };
  }

  void run(tincan::Renderer& ipc, std::size_t a) {
    if (own_[a].beside.has_value()) tincan::runAll(ipc, *own_[a].beside);
    else ipc.run();
  }

  void begin(tincan::Renderer& ipc, std::size_t a) {
    while (!mayBegin_) std::this_thread::yield();
    own_[a].endpoint = own_[a].renderer = &ipc;
    listen(a);
    perform(a, program_.actors[a].body);
  }

  // ---- listening: listening.hpp -----------------------------------------------------------------

  void listen(std::size_t a);
  void take(tincan::Event& event, std::size_t a, unsigned channel);
  void answer(tincan::Event& event, std::size_t a, unsigned channel);
  int takeCall(tincan::InvokeEvent& event, std::size_t a, unsigned channel);
  void takeReply(tincan::Reply reply, std::size_t a);
  void hear(tincan::MessagePort& port, std::size_t a);
  void takeFromPort(int value, std::size_t a);
  void share();

  // ---- acting: acting.hpp -----------------------------------------------------------------------

  void perform(std::size_t a, Actions const& actions);
  std::string perform(std::size_t a, Action const& action);
  /// Those that are aimed at an endpoint.
  std::string performAt(std::size_t a, Action const& action);
  std::optional<tincan::Peer> peer(std::size_t a, std::size_t to);
  std::string proceed(std::size_t a, tincan::Future<int> future);
  void setTimer(std::size_t a, unsigned channel);
  void goesOn(std::size_t a, std::string const& what);
  tincan::Task<void> awaitTwo(std::size_t a, tincan::Peer to, std::string channel);
  tincan::Task<void> awaitAny(std::size_t a, tincan::Peer to, std::string channel);
  void attach(std::size_t a);
  static std::string besides(std::size_t a) { return nameOf(a) + "'s"; }

  void say(std::size_t a, std::string const& text) {
    if (isFrozen_) return;
    std::string& seen = own_[a].seen;
    seen += (seen.empty() ? "" : " ") + text;
  }

  Program const& program_;
  std::optional<std::uint64_t> const seed_;
  Activity activity_;
  std::atomic<bool> mayBegin_{false}, isFrozen_{false};
  tincan::Bus* bus_ = nullptr;
  std::vector<tincan::Peer> peers_;  // of those that are there from the beginning
  std::vector<Own> own_;             // each of its own thread
  std::optional<tincan::Renderer> shared_;
  std::string sharedSeen_;  // of the thread to which that belongs
};

}  // namespace kit

#include "acting.hpp"
#include "going_on.hpp"
#include "listening.hpp"

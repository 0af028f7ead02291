// tests/testing/explore_programs.cpp - explore on random programs
//
// Random programs on a simulated bus: explore() must find every outcome that running all orders,
// without any reduction, finds.
#include <tincan/testing.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../unit/support.hpp"
#include "amounts.hpp"

using namespace std::chrono_literals;
using tincan::Event;
using tincan::Future;
using tincan::InboxOptions;
using tincan::Overflow;
using tincan::Peer;
using tincan::Renderer;
using tincan::Reply;
using tincan::testing::explore;
using tincan::testing::Options;
using tincan::testing::Result;
using tincan::testing::Simulation;

namespace {

constexpr unsigned Channels = 3;
constexpr std::array<char const*, Channels> channelNames{"0", "1", "2"};
constexpr std::array<char const*, 4> endpointNames{"main", "a", "b", "c"};

struct Operation {
  enum Verb : unsigned {
    Send,
    Ask,
    AskBriefly,
    Then,
    Call,
    Keep,  // a request, whose future is looked at later
    Look,
    Cancel,
    Get,
    Answer,  // the requests whose answers were deferred
    Drop,
    IsAlive,
    Find,
    Off,
    Handle,
    RemoveHandler,
    Scope,
    Poll,
    Post,
    Close,
    Quit,
    Verbs
  } verb;
  unsigned to, channel;
};
using Operations = std::vector<Operation>;

/// How a listener answers.
enum class Answering { With, Defer, Not, Throw };

struct Listening {
  Answering answering;
  Operations operations;
};

struct RandomProgram {
  unsigned endpoints;             // main is the first one
  std::vector<Operations> first;  // of the bodies; that of main is empty
  std::vector<bool> runs;         // and then runs
  std::vector<std::array<Listening, Channels>> at;
  std::vector<InboxOptions> inboxes;
  unsigned crashes, timeouts;
};

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  unsigned below(unsigned n) { return static_cast<unsigned>(engine_() % n); }
  bool oneIn(unsigned n) { return below(n) == 0; }

 private:
  std::mt19937 engine_;
};

/// Messages go to higher channels, so all ends.
Operation randomOperation(Random& random, unsigned endpoints, unsigned lowest) {
  unsigned const verb = random.oneIn(2) ? random.below(6) : random.below(Operation::Verbs);
  return {static_cast<Operation::Verb>(verb), random.below(endpoints),
          lowest + random.below(Channels - lowest)};
}

RandomProgram randomProgram(unsigned seed) {
  Random random(seed);
  RandomProgram program{3 + random.below(2), {}, {}, {}, {}, 0, 0};
  program.crashes = random.oneIn(4);
  program.timeouts = random.oneIn(4);
  for (unsigned e = 0; e < program.endpoints; ++e) {
    program.runs.push_back(!random.oneIn(3));
    program.inboxes.emplace_back();
    if (random.oneIn(4)) program.inboxes.back() = {1, static_cast<Overflow>(random.below(4))};
    program.first.emplace_back();
    program.at.emplace_back();
    unsigned const count = e == 0 ? 0 : random.below(3);
    for (unsigned i = 0; i < count; ++i)
      program.first.back().push_back(randomOperation(random, program.endpoints, 0));
    for (unsigned c = 0; c < Channels; ++c) {
      Listening& listening = program.at.back()[c];
      listening.answering = static_cast<Answering>(random.below(4));
      if (c + 1 < Channels && random.oneIn(2))
        listening.operations.push_back(randomOperation(random, program.endpoints, c + 1));
    }
  }
  return program;
}

std::string describe(Operations const& operations) {
  constexpr std::array<char const*, Operation::Verbs> verbs{
      "send",   "ask",           "askBriefly", "then", "call",    "keep",  "look",
      "cancel", "get",           "answer",     "drop", "isAlive", "find",  "off",
      "handle", "removeHandler", "scope",      "poll", "post",    "close", "quit"};
  std::string text;
  for (Operation const& one : operations) {
    text += std::string(" ") + verbs[one.verb] + " " + endpointNames[one.to] + "." +
            channelNames[one.channel];
  }
  return text;
}

/// For people: "a: ask main.0, runs; 0: send b.1, answers"
std::string describe(RandomProgram const& program) {
  std::string text = "crashes " + std::to_string(program.crashes) + ", timeouts " +
                     std::to_string(program.timeouts) + "\n";
  for (unsigned e = 0; e < program.endpoints; ++e) {
    text += std::string(endpointNames[e]) + ":" + describe(program.first[e]);
    if (program.runs[e]) text += " run";
    if (e != 0 && program.inboxes[e].capacity != 0) {
      text +=
          ", capacity 1, overflow " + std::to_string(static_cast<int>(program.inboxes[e].overflow));
    }
    for (unsigned c = 0; c < Channels; ++c) {
      constexpr std::array<char const*, 4> answers{"answer", "defer", "nothing", "throw"};
      Listening const& one = program.at[e][c];
      text += std::string("; on ") + channelNames[c] + describe(one.operations) + " " +
              answers[static_cast<unsigned>(one.answering)];
    }
    text += "\n";
  }
  return text;
}

/// One run.
class ProgramRun : public std::enable_shared_from_this<ProgramRun> {
 public:
  explicit ProgramRun(RandomProgram const& program) : program_(program), own_(program.endpoints) {}

  void begin(Simulation& sim) {
    auto const self = shared_from_this();
    tincan::Main& main = sim.bus().main();
    listen(main, 0);
    peers_.push_back(main.peer());
    for (unsigned e = 1; e < program_.endpoints; ++e) {
      sim.spawn(endpointNames[e], program_.inboxes[e],
                [self, e](Renderer& ipc) { self->body(ipc, e); });
      peers_.push_back(*main.renderer(endpointNames[e]));
    }
    main_ = &main;
  }

  /// What each endpoint has seen.
  std::string outcome() const {
    std::string text;
    for (Own const& own : own_) text += own.seen + "\n";
    return text;
  }

 private:
  struct Own {
    std::string seen;
    Renderer* renderer = nullptr;
    std::vector<Reply> replies;
    std::vector<Future<int>> futures;
  };

  void body(Renderer& ipc, unsigned e) {
    own_[e].renderer = &ipc;
    listen(ipc, e);
    for (Operation const& one : program_.first[e]) attempt(e, one);
    if (program_.runs[e]) ipc.run();
    own_[e].futures.clear();
    own_[e].replies.clear();
    own_[e].renderer = nullptr;
  }

  template <class Endpoint>
  void listen(Endpoint& endpoint, unsigned e) {
    for (unsigned c = 0; c < Channels; ++c) {
      endpoint.on(channelNames[c], [this, e, c](Event& event) { handle(event, e, c); });
    }
    endpoint.handle(channelNames[0], [this, e] {
      own_[e].seen += "called ";
      return 5;
    });
  }

  void handle(Event& event, unsigned e, unsigned c) {
    own_[e].seen += event.sender.name() + channelNames[c] + " ";
    Listening const& listening = program_.at[e][c];
    for (Operation const& one : listening.operations) attempt(e, one);
    switch (listening.answering) {
      case Answering::With: event.returnValue = 7; break;
      case Answering::Defer: own_[e].replies.push_back(event.defer()); break;
      case Answering::Not: break;
      case Answering::Throw: throw std::runtime_error("thrown");
    }
  }

  /// What it returns, or throws.
  template <class Act>
  static std::string endOf(Act&& act) {
    try {
      return act();
    } catch (tincan::Error const& error) {
      return std::string(tincan::toString(error.code()));
    } catch (std::runtime_error const& error) {
      return error.what();
    }
  }

  void attempt(unsigned e, Operation const& operation) {
    std::string const end = endOf([&] { return perform(e, operation); });
    own_[e].seen += "(" + end + ") ";
  }

  std::string perform(unsigned e, Operation const& operation) {
    Own& own = own_[e];
    Peer const& to = peers_[operation.to];
    char const* const channel = channelNames[operation.channel];
    switch (operation.verb) {
      case Operation::Send: return std::to_string(static_cast<int>(to.send(channel)));
      case Operation::Ask: return std::to_string(to.sendSync<int>(channel));
      case Operation::AskBriefly: return std::to_string(to.within(5ms).sendSync<int>(channel));
      case Operation::Then: proceed(e, to.request<int>(channel)); return "then";
      case Operation::Call: proceed(e, to.invoke<int>(channelNames[0])); return "call";
      case Operation::Keep: own.futures.push_back(to.request<int>(channel)); return "keep";
      case Operation::Look: {
        std::string ready;
        for (auto const& future : own.futures) ready += future.ready() ? "+" : "-";
        return ready;
      }
      case Operation::Cancel:
        for (auto& future : own.futures) future.cancel();
        return "cancel";
      case Operation::Get: {
        if (own.futures.empty()) return "";
        auto future = std::move(own.futures.back());
        own.futures.pop_back();
        return std::to_string(future.get());
      }
      case Operation::Answer: {
        std::string taken;
        for (Reply& reply : std::exchange(own.replies, {})) taken += reply.set(9) ? "+" : "-";
        return taken;
      }
      case Operation::Drop: own.replies.clear(); return "drop";
      case Operation::IsAlive: return to.alive() ? "alive" : "gone";
      case Operation::Find:
        return main_->renderer(endpointNames[operation.to]).has_value() ? "found" : "none";
      case Operation::Off:
        at(e, [&](auto& endpoint) { endpoint.removeAllListeners(channel); });
        return "off";
      case Operation::Handle:
        at(e, [&](auto& endpoint) { endpoint.handle(channelNames[0], [] { return 6; }); });
        return "handle";
      case Operation::RemoveHandler:
        at(e, [&](auto& endpoint) { endpoint.removeHandler(channelNames[0]); });
        return "remove";
      case Operation::Scope:
        if (e != 0) return "";
        main_->from(to).on(channel, [this] { own_[0].seen += "scoped "; });
        return "scope";
      case Operation::Poll:
        if (own.renderer == nullptr) return "";
        return "polled " + std::to_string(own.renderer->poll());
      case Operation::Post:
        at(e, [&](auto& endpoint) { endpoint.post([this, e] { own_[e].seen += "posted "; }); });
        return "post";
      case Operation::Close:
        if (own.renderer != nullptr) own.renderer->close();
        return "close";
      case Operation::Quit: at(e, [](auto& endpoint) { endpoint.quit(); }); return "quit";
      case Operation::Verbs: break;
    }
    return "";
  }

  void proceed(unsigned e, Future<int> future) {
    at(e, [&](auto& endpoint) {
      std::move(future).then(endpoint, [this, e](Future<int> answer) {
        own_[e].seen += endOf([&] { return std::to_string(answer.get()); }) + " ";
      });
    });
  }

  template <class Act>
  void at(unsigned e, Act act) {
    if (e == 0) act(*main_);
    else if (own_[e].renderer != nullptr) act(*own_[e].renderer);
  }

  RandomProgram const& program_;
  std::vector<Own> own_;
  std::vector<Peer> peers_;
  tincan::Main* main_ = nullptr;
};

struct Outcomes {
  Result result;
  std::set<std::string> all;
};

Outcomes outcomesOf(RandomProgram const& program, Options options) {
  Outcomes outcomes;
  options.crashes = program.crashes;
  options.timeouts = program.timeouts;
  outcomes.result = explore(
      [&](Simulation& sim) {
        auto const run = std::make_shared<ProgramRun>(program);
        sim.bus().onError([](auto const&) {});
        run->begin(sim);
        sim.eventually("outcome", [&outcomes, run] {
          outcomes.all.insert(run->outcome());
          return true;
        });
      },
      options);
  return outcomes;
}

}  // namespace

TEST_CASE("explore: random programs have no outcome that it does not find") {
  auto const more = amounts::programs();
  unsigned const programs = more.value_or(amounts::isQuick() ? 20 : 100);
  unsigned seed = amounts::fromEnvironment("TINCAN_SEARCH_SEED").value_or(1);
  std::uint64_t schedules = 0, outcomes = 0, runs = 0;
  for (unsigned compared = 0; compared < programs; ++seed) {
    RandomProgram const program = randomProgram(seed);
    Options options;
    options.strategy = Options::Strategy::Bounded;
    options.bound = 1000;
    options.maxSchedules = 500;
    Outcomes const every = outcomesOf(program, options);
    if (every.result.ok && (!every.result.complete || every.all.size() < 2)) continue;
    ++compared;
    INFO("seed " << seed << ", " << describe(program));
    Outcomes const explored = outcomesOf(program, {});
    CHECK(explored.result.ok == every.result.ok);
    if (!every.result.ok || !explored.result.ok) continue;
    CHECK(explored.result.complete);
    CHECK(explored.all == every.all);
    schedules += explored.result.schedules;
    outcomes += explored.all.size();
    runs += every.result.schedules;
  }
  if (more.has_value()) {
    WARN(programs << " programs, " << outcomes << " outcomes, " << schedules
                  << " schedules instead of " << runs);
  }
}

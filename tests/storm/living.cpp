// tests/storm/living.cpp - what a worker of the storm begins, listens to, and ends
#include <array>
#include <chrono>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "worker.hpp"

namespace storm {

using namespace std::chrono_literals;
using tincan::Endpoint;
using tincan::Error;
using tincan::Event;
using tincan::MessagePort;

namespace {

constexpr int MostNested = 3;
constexpr std::size_t MostRenderers = 6;
constexpr std::size_t MostBuses = 3;

std::string noiseName() { return "noise " + std::to_string(below(6)); }

/// A handler that asks somebody else first.
tincan::Task<std::uint64_t> answerLater(World& world, std::uint64_t question) {
  struct Count {
    Count() { ++continuations.begun; }
    Count(Count const&) = delete;
    Count& operator=(Count const&) = delete;
    ~Count() { ++continuations.ended; }
  } const count;
  auto const other = world.addresses.copy();
  if (world.mayTasksSuspend && other) {
    ends.begin();
    try {
      ends.answered(co_await other->peer.within(5ms).request<std::uint64_t>("ask", question),
                    question);
    } catch (Error const& error) {
      ends.error(error.code());
    } catch (std::runtime_error const&) {
      ends.exception();
    }
  }
  co_return question * 2 + 1;
}

void take(World& world, Event& event) {
  for (MessagePort& port : event.ports) {
    port.on("message", [t = Traveller()](Event& inner, int) {
      if (!inner.ports.empty() && worker != nullptr) actInside();
    });
    port.on("close", [t = Traveller()] {});
    if (!oneIn(3)) port.start();
    if (oneIn(2)) world.ports.put(std::move(port));
  }
}

}  // namespace

Worker::Worker(World& world, std::uint64_t seed) : world_(world), thread_(++world.threads) {
  randomness.seed(seed);
  worker = this;
}
Worker::~Worker() {
  Doing const doing("the end of a worker");
  worker = nullptr;
  if (oneIn(2)) buses_.clear();
  renderers_.clear();
}

std::vector<Worker::Act> const& Worker::acts() {
  static std::vector<Act> const all{
      {12, "send", &Worker::sendNumbered},
      {8, "send by a courier", &Worker::sendWitnessed},
      {6, "send noise", &Worker::sendNoise},
      {2, "send noise to main", &Worker::sendOwn},
      {14, "sendSync", &Worker::askAndWait},
      {12, "request", &Worker::askLater},
      {3, "settle a request", &Worker::settleQuestion},
      {3, "answer", &Worker::answer},
      {1, "broadcast", &Worker::broadcast},
      {1, "post", &Worker::postFunction},
      {3, "attach", &Worker::attach},
      {2, "~Renderer", &Worker::endRenderer},
      {1, "Renderer::close", &Worker::closeRenderer},
      {16, "poll", &Worker::poll},
      {1, "quit, run", &Worker::quitAndRun},
      {1, "run(stop_token)", &Worker::runUntilStopped},
      {1, "runAll", &Worker::runTwo},
      {1, "release", &Worker::lend},
      {1, "on, off", &Worker::changeListeners},
      {1, "Listener::remove", &Worker::removeListener},
      {1, "from(renderer).on", &Worker::listenInScope},
      {1, "onWake", &Worker::wake},
      {2, "MessageChannel", &Worker::openPorts},
      {3, "a port", &Worker::usePort},
      {1, "send a port", &Worker::sendPort},
      {1, "spawn", &Worker::spawn},
      {1, "~RendererThread", &Worker::endThread},
      {1, "Bus()", &Worker::makeBus},
      {1, "Bus::close", &Worker::closeBus},
      {1, "~Bus", &Worker::endBus},
      {1, "co_await a Task", &Worker::awaitTask},
      {1, "co_await two Tasks", &Worker::awaitTwo},
      {1, "Task::cancel", &Worker::cancelTask},
      {2, "Pending::cancel", &Worker::withdraw},
  };
  return all;
}

void Worker::act() {
  static std::uint64_t const sum =
      std::accumulate(acts().begin(), acts().end(), std::uint64_t{0},
                      [](std::uint64_t before, Act const& each) { return before + each.weight; });
  std::uint64_t dice = below(sum);
  for (Act const& each : acts()) {
    if (dice >= each.weight) {
      dice -= each.weight;
      continue;
    }
    Doing const doing(each.what);
    try {
      (this->*each.run)();
    } catch (Error const&) {                  // Closed, Deadlock, Full: as it comes
    } catch (std::invalid_argument const&) {  // a port of this very channel
    }
    ++world_.steps;
    return;
  }
}
void Worker::step() { act(); }
void Worker::stepInside() {
  if (world_.isOver || depth_ >= MostNested || !oneIn(3)) return;
  ++depth_;
  act();
  --depth_;
}

void Worker::runBody(tincan::Renderer& renderer) {
  body_ = &renderer;
  listen(renderer, false);
  renderer.poll();
  for (int i = 0; i < 30 && !world_.isOver; ++i) {
    step();
    Doing const doing("a body polls");
    renderer.poll();
  }
  if (oneIn(20)) throw std::runtime_error("the body ends");
  if (oneIn(10)) return;
  // Nobody polls this thread's other endpoints any more: whoever waited for one would wait for ever.
  depth_ = MostNested;  // what goes on as they end must not use them
  renderers_.clear();
  for (auto const& bus : std::exchange(buses_, {})) bus->close();
  depth_ = 0;
  mayHaveMore_ = false;
  renderer.run();
}

Endpoint* Worker::someEndpoint() {
  std::size_t const sum = renderers_.size() + buses_.size() + (body_ == nullptr ? 0 : 1);
  if (sum == 0) return nullptr;
  std::size_t const at = below(sum);
  if (at < renderers_.size()) return renderers_[at].get();
  if (at < renderers_.size() + buses_.size()) return &buses_[at - renderers_.size()]->main();
  return body_;
}
tincan::InboxOptions Worker::someInbox() {
  if (!oneIn(4)) return {};
  constexpr std::array kinds{tincan::Overflow::Fail, tincan::Overflow::Block,
                             tincan::Overflow::DropNewest, tincan::Overflow::DropOldest};
  tincan::InboxOptions options;
  options.capacity = 1 + below(20);
  options.overflow = kinds[below(kinds.size())];
  return options;
}

// ---- listening ----------------------------------------------------------------------------------

void Worker::listen(Endpoint& endpoint, bool mayHaveGaps) {
  auto const seen = std::make_shared<Seen>(mayHaveGaps);
  endpoint.on("data", [seen](Numbered const& message) {
    seen->note(message);
    actInside();
  });
  World& world = world_;
  endpoint.on("carry", [&world](std::uint64_t thread, std::uint64_t number, Traveller const&) {
    world.witness.peer.send("heard", thread, number);
  });
  endpoint.on("ask", [](Event& event, std::uint64_t question) {
    actInside();
    if (question % 17 == 0) throw std::runtime_error("seventeen");
    event.returnValue = question * 2 + 1;
  });
  endpoint.on("ask and wait", [&world](Event& event, std::uint64_t question) {
    if (!world.isOver) world.replies.put({event.defer(), question});
  });
  endpoint.on("take", [&world](Event& event, int) { take(world, event); });
  endpoint.handle("call", [t = Traveller()](std::uint64_t question) {
    if (question % 19 == 0) throw 42;
    actInside();
    return question * 2 + 1;
  });
  endpoint.handle("call later", [&world](tincan::InvokeEvent&, std::uint64_t question) {
    return answerLater(world, question);
  });
  listenToNoise(endpoint);
  world_.addresses.put({endpoint.peer(), ++world_.keys});
}

void Worker::listenToNoise(Endpoint& endpoint) {
  for (int i = 0; i < 4; ++i) {
    std::string const name = noiseName();
    auto& tokens = world_.listeners;
    switch (below(6)) {
      case 0:
        tokens.put(endpoint.on(name, [t = Traveller()](int n) {
          if (n % 7 == 0) throw std::runtime_error("seven");
          actInside();
        }));
        break;
      case 1: tokens.put(endpoint.once(name, [t = Traveller()] { actInside(); })); break;
      case 2:
        tokens.put(endpoint.on(name, [t = Traveller()](Traveller& taken) {
          Traveller const own = std::move(taken);
          actInside();
        }));
        break;
      case 3:
        tokens.put(endpoint.on(name, [t = Traveller()](tincan::Value const&) { actInside(); }));
        break;
      case 4:
        tokens.put(endpoint.on(name, [t = Traveller()](tincan::Peer const& peer, Traveller const&) {
          peer.send("noise 0", 5);
        }));
        break;
      default:
        if (!endpoint.hasHandler(name)) {
          endpoint.handleOnce(name, [t = Traveller()](std::uint64_t n) { return n * 2 + 1; });
        }
    }
  }
}

void Worker::changeListeners() {
  auto* const endpoint = someEndpoint();
  if (endpoint == nullptr) return;
  std::string const name = noiseName();
  endpoint->removeAllListeners(name);
  endpoint->removeHandler(name);
  endpoint->channels();
  listenToNoise(*endpoint);
  actLater(*endpoint);
}
void Worker::actLater(Endpoint& endpoint) {
  switch (below(4)) {
    case 0: endpoint.after(below(500) * 1us, [t = Traveller()] { actInside(); }); break;
    case 1: {
      auto const timer = std::make_shared<tincan::Timer>();
      *timer = endpoint.every(20us, [timer, t = Traveller(), left = 3]() mutable {
        if (--left == 0) timer->cancel();
        actInside();
      });
      break;
    }
    case 2:
      world_.listeners.put(endpoint.onAny([t = Traveller()](Event&, tincan::Arguments const& all) {
        if (all.size() > 1) throw std::runtime_error("more than one");
      }));
      break;
    default: endpoint.keepLast(noiseName());
  }
}
void Worker::removeListener() {
  if (auto const listener = world_.listeners.take()) listener->remove();
}
void Worker::listenInScope() {
  if (buses_.empty()) return;
  auto const bus = buses_[below(buses_.size())];
  for (auto const& peer : bus->main().renderers()) {
    world_.listeners.put(
        bus->main().from(peer).on(noiseName(), [t = Traveller()](int) { actInside(); }));
    return;
  }
}
void Worker::wake() {
  auto* const endpoint = someEndpoint();
  if (endpoint == nullptr) return;
  if (oneIn(2)) endpoint->onWake([t = Traveller()] {});
  else endpoint->onWake({});
  endpoint->nextDeadline();
}

// ---- living -------------------------------------------------------------------------------------

BusHandle Worker::someBus() {
  auto bus = world_.buses.copy();
  return bus && oneIn(2) ? *std::move(bus) : world_.lasting;
}
void Worker::attach() {
  if (!mayHaveMore_ || renderers_.size() >= MostRenderers) return;
  auto const bus = someBus();
  tincan::InboxOptions const inbox = someInbox();
  auto renderer = std::make_unique<tincan::Renderer>(
      bus->attach("renderer " + std::to_string(below(9)), inbox));
  renderer->poll();
  listen(*renderer, inbox.overflow == tincan::Overflow::DropOldest);
  renderers_.push_back(std::move(renderer));
}
void Worker::endRenderer() {
  if (renderers_.empty()) return;
  std::swap(renderers_[below(renderers_.size())], renderers_.back());
  auto const gone = std::move(renderers_.back());
  renderers_.pop_back();
}
void Worker::closeRenderer() {
  if (!renderers_.empty()) renderers_[below(renderers_.size())]->close();
}
void Worker::poll() {
  auto* const endpoint = someEndpoint();
  if (endpoint == nullptr) return;
  switch (below(4)) {
    case 0: endpoint->poll(1); break;
    case 1: endpoint->pollFor(50us); break;
    case 2:
      // Inside of another run, or of a body, it would use up the quit that is for that.
      if (depth_ == 0 && endpoint != body_) {
        endpoint->runFor(50us);
        break;
      }
      [[fallthrough]];
    default: endpoint->poll();
  }
}
void Worker::quitAndRun() {
  auto* const endpoint = someEndpoint();
  if (endpoint == nullptr || depth_ > 0) return;
  endpoint->quit();
  endpoint->run();
}
void Worker::runUntilStopped() {
  auto* const endpoint = someEndpoint();
  if (endpoint == nullptr || depth_ > 0) return;
  if (endpoint == body_) return;  // it would use up the quit that is for the body
  std::stop_source source;
  if (oneIn(2)) source.request_stop();
  else endpoint->post([source]() mutable { source.request_stop(); });
  endpoint->run(source.get_token());
}
void Worker::runTwo() {
  if (renderers_.size() < 2 || depth_ > 0) return;
  std::swap(renderers_[below(renderers_.size())], renderers_.back());
  tincan::Renderer& first = *renderers_.front();
  tincan::Renderer& second = *renderers_.back();
  for (tincan::Renderer* const told : {&first, &second}) told->quit();  // one of them may be closed
  tincan::runAll(first, second);
}
void Worker::lend() {
  if (renderers_.empty() || depth_ > 0) return;
  tincan::Renderer& renderer = *renderers_[below(renderers_.size())];
  renderer.release();
  // It handles nothing: this one, which waits for it outside of the bus, may have to make room first.
  std::thread borrower([&renderer] {
    try {
      renderer.poll(0);
      renderer.release();
    } catch (Error const&) {  // somebody has closed its bus
    }
  });
  borrower.join();
  renderer.poll();
}

void Worker::openPorts() {
  tincan::MessageChannel channel;
  channel.port1.on("message", [t = Traveller()](int) { actInside(); });
  channel.port1.postMessage(1);
  if (auto* const endpoint = someEndpoint()) channel.port1.start(*endpoint);
  if (auto const to = world_.addresses.copy()) {
    to->peer.postMessage("take", 1, std::move(channel.port2));
  }
  world_.ports.put(std::move(channel.port1));
}
void Worker::usePort() {
  auto port = world_.ports.take();
  if (!port) return;
  switch (below(5)) {
    case 0: port->close(); break;
    case 1:
      if (auto other = world_.ports.take()) port->postMessage(7, std::move(*other));
      break;
    case 2:
      if (auto* const endpoint = someEndpoint()) port->start(*endpoint);
      break;
    default: port->postMessage(static_cast<int>(below(100)));
  }
  if (!oneIn(5)) world_.ports.put(std::move(*port));
}
void Worker::sendPort() {
  auto port = world_.ports.take();
  auto const to = world_.addresses.copy();
  if (port && to) to->peer.postMessage("take", 2, std::move(*port));
}

void Worker::spawn() {
  auto const bus = someBus();
  World& world = world_;
  std::uint64_t const seed = randomness();
  world_.rendererThreads.put(bus->spawn("thread " + std::to_string(below(9)),
                                        [&world, seed, t = Traveller()](tincan::Renderer& own) {
                                          Worker body(world, seed);
                                          body.runBody(own);
                                        }));
}
void Worker::endThread() { auto const gone = world_.rendererThreads.take(); }

void Worker::makeBus() {
  if (!mayHaveMore_ || buses_.size() >= MostBuses) return;
  tincan::InboxOptions const inbox = someInbox();
  auto bus = std::make_shared<tincan::Bus>(tincan::BusOptions{inbox});
  bus->onError([t = Traveller()](tincan::ErrorReport const&) {});
  // A hook that sends: not to its own bus, where it could be told of its own message again.
  bus->onDeadLetter([to = world_.witness.peer, t = Traveller()](tincan::DeadLetter const&) {
    to.send("dead letter");
  });
  bus->main().poll();
  listen(bus->main(), inbox.overflow == tincan::Overflow::DropOldest);
  buses_.push_back(bus);
  world_.buses.put(std::move(bus));
}
void Worker::closeBus() {
  if (!oneIn(10)) return;
  if (auto const bus = world_.buses.take()) (*bus)->close();
}
void Worker::endBus() {
  if (buses_.empty() || !oneIn(3)) return;
  std::swap(buses_[below(buses_.size())], buses_.back());
  auto const gone = std::move(buses_.back());
  buses_.pop_back();
  // Others hold it: its main would stay, on this thread, and nobody would poll it.
  if (gone.use_count() > 1) gone->close();
}

void Worker::awaitTask() {
  auto task = world_.tasks.take();
  if (!task || someEndpoint() == nullptr) return;
  auto const await = [](tincan::Task<> inner) -> tincan::Task<> {
    ++continuations.begun;
    try {
      co_await inner;
    } catch (Error const&) {
    }
    ++continuations.ended;
    actInside();
  };
  auto const outer = await(std::move(*task));
}

void Worker::awaitTwo() {
  auto one = world_.tasks.take(), two = world_.tasks.take();
  if (!one || !two || someEndpoint() == nullptr) return;
  auto const await = [](tincan::Task<> first, tincan::Task<> second, bool all) -> tincan::Task<> {
    ++continuations.begun;
    try {
      if (all) co_await tincan::all(std::move(first), std::move(second));
      else co_await tincan::any(std::move(first), std::move(second));
    } catch (Error const&) {
    }
    ++continuations.ended;
    actInside();
  };
  world_.tasks.put(await(std::move(*one), std::move(*two), oneIn(2)));
}

}  // namespace storm

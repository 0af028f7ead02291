// tests/storm/sending.cpp - what a worker of the storm sends and asks
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include "worker.hpp"

namespace storm {

using namespace std::chrono_literals;
using tincan::Error;
using tincan::Future;

namespace {

/// Cannot be copied or moved now and then.
struct Fragile {
  Fragile() = default;
  Fragile(Fragile const&) {
    if (oneIn(4)) throw std::runtime_error("copied");
  }
  Fragile& operator=(Fragile const&) = default;
  ~Fragile() = default;
  Traveller traveller;
};

/// Sends something while it is captured.
struct Talker {
  explicit Talker(tincan::Peer peer) : to(std::move(peer)) {}
  Talker(Talker const& other) : to(other.to), traveller(other.traveller) { to.send("noise 1", 1); }
  Talker(Talker&&) noexcept = default;
  Talker& operator=(Talker const&) = default;
  ~Talker() = default;
  tincan::Peer to;
  Traveller traveller;
};

struct Large {
  Traveller traveller;
  char bytes[600] = {};
};

std::string noiseName() { return "noise " + std::to_string(below(6)); }

/// Goes on when the answer is there, once.
tincan::Task<> await(Question question) {
  struct Count {
    Count() { ++continuations.begun; }
    Count(Count const&) = delete;
    Count& operator=(Count const&) = delete;
    ~Count() { ++continuations.ended; }
  } const count;
  std::uint64_t const asked = question.question();
  auto future = question.take();
  try {
    ends.answered(co_await std::move(future), asked);
  } catch (Error const& error) {
    ends.error(error.code());
  } catch (std::runtime_error const&) {
    ends.exception();
  } catch (int) {
    ends.exception();
  }
  actInside();
}

}  // namespace

/// A number is used up only if the message is queued.
tincan::SendResult Worker::send(Address const& to, char const* channel) {
  std::uint64_t& last = numbers_[to.key];
  auto const result = to.peer.send(channel, Numbered{thread_, last + 1, {}});
  if (result == tincan::SendResult::Queued) ++last;
  return result;
}

void Worker::sendNumbered() {
  if (auto const to = world_.addresses.copy()) send(*to, "data");
}

/// The witness hears a number, then a courier does, who tells the witness: it must know by then.
void Worker::sendWitnessed() {
  if (send(world_.witness, "data") != tincan::SendResult::Queued) return;
  std::uint64_t const number = numbers_[world_.witness.key];
  if (auto const courier = world_.addresses.copy()) {
    courier->peer.send("carry", thread_, number, Traveller());
  }
}

void Worker::noise(tincan::Peer const& to) {
  std::string const channel = noiseName();
  switch (below(13)) {
    case 0: to.send(channel, Traveller()); break;
    case 1: to.send(channel, Large()); break;
    case 2: to.send(channel, std::make_unique<Large>()); break;
    case 3: to.send(channel, std::string(below(100), 'x')); break;
    case 4: to.send(channel, to, Traveller()); break;
    case 5: to.send(channel, tincan::Value(Traveller())); break;
    case 6:
      try {
        Fragile const fragile;
        to.send(channel, fragile);
      } catch (std::runtime_error const&) {  // it could not be copied
      }
      break;
    case 7:
      if (auto const other = world_.addresses.copy()) {
        Talker const talker(other->peer);
        to.send(channel, talker);
      }
      break;
    case 8: to.sendLatest(channel, Traveller()); break;
    case 9: to.post([traveller = Traveller()] { actInside(); }); break;
    case 10: {
      auto called = to.call([traveller = Traveller()]() mutable {
        actInside();
        return std::move(traveller);
      });
      if (oneIn(2)) called.cancel();
      break;
    }
    case 11: to.onClose([traveller = Traveller()] { actInside(); }); break;
    default: to.send(channel, static_cast<int>(below(1000)));
  }
}
void Worker::sendNoise() {
  if (auto const to = world_.addresses.copy()) noise(to->peer);
}
void Worker::sendOwn() {
  if (renderers_.empty()) return;
  auto const main = renderers_[below(renderers_.size())]->main();
  noise(main);
}
void Worker::broadcast() {
  if (buses_.empty()) return;
  auto const bus = buses_[below(buses_.size())];
  bus->main().broadcast(noiseName(), Traveller());
}
void Worker::postFunction() {
  if (auto* const endpoint = someEndpoint()) {
    endpoint->post([traveller = Traveller()] { actInside(); });
  }
}

void Worker::askAndWait() {
  // Most go to the witness, who answers: else only few would be answered.
  auto const to = oneIn(3) ? world_.addresses.copy() : std::optional(world_.witness);
  if (!to) return;
  std::uint64_t const question = below(1'000'000);
  ends.begin();
  ends.settle(question, [&] {
    if (world_.mayTasksSuspend || oneIn(4)) {
      return to->peer.within(500ms).sendSync<std::uint64_t>("ask", question, Traveller());
    }
    return to->peer.sendSync<std::uint64_t>("ask", question, Traveller());
  });
}

void Worker::askLater() {
  auto const to = oneIn(3) ? world_.addresses.copy() : std::optional(world_.witness);
  if (!to) return;
  std::uint64_t const question = below(1'000'000);
  auto const most = std::chrono::microseconds(below(2'000'000));
  auto const ask = [&]() -> Future<std::uint64_t> {
    switch (below(8)) {
      case 0: return to->peer.within(most).request<std::uint64_t>("ask", question);
      case 1: return to->peer.invoke<std::uint64_t>("call", question, Traveller());
      case 2: return to->peer.invoke<std::uint64_t>("call later", question);
      case 3: return to->peer.request<std::uint64_t>("ask and wait", question);
      case 4: return to->peer.request<std::uint64_t>(noiseName(), question);
      default: return to->peer.request<std::uint64_t>("ask", question, Traveller());
    }
  };
  ends.begin();
  try {
    settle(Question(ask(), question));
  } catch (Error const& error) {
    ends.error(error.code());
  }
}

void Worker::settleQuestion() {
  if (auto question = world_.questions.take()) settle(std::move(*question));
}

/// One of the ways in which a request ends.
void Worker::settle(Question question) {
  std::uint64_t const asked = question.question();
  switch (below(10)) {
    case 0:
    case 1:
    case 2: {
      Doing const doing("Future::get");
      auto future = question.take();
      bool const hasDeadline = world_.mayTasksSuspend;
      ends.settle(asked, [&] { return hasDeadline ? future.getFor(500ms) : future.get(); });
      return;
    }
    case 3: {
      Doing const doing("Future::getFor");
      auto future = question.take();
      ends.settle(asked, [&] { return future.getFor(std::chrono::microseconds(below(2000))); });
      return;
    }
    case 4: question.future().cancel(); return;
    case 5: return;  // dropped
    case 6:
    case 7: world_.questions.put(std::move(question)); return;
    case 8: {
      auto* const endpoint = someEndpoint();
      if (endpoint == nullptr) return;
      auto future = question.take();
      auto isCancelled = std::make_shared<std::atomic<bool>>(true);  // if then() throws
      auto fate = std::make_unique<Fate>(asked, isCancelled);
      try {
        auto pending = std::move(future).then(
            *endpoint, [fate = std::move(fate), t = Traveller()](Future<std::uint64_t> f) {
              if (++fate->calls != 1) complain("a continuation is called twice");
              ++continuations.called;
              if (!f.ready()) complain("a continuation is called too early");
              ends.settle(fate->asked, [&] { return f.get(); });
              actInside();
            });
        *isCancelled = false;
        world_.pending.put({std::move(pending), std::move(isCancelled)});
      } catch (Error const&) {  // it ends without a call
      }
      return;
    }
    default:
      if (someEndpoint() == nullptr) return;
      auto task = await(std::move(question));
      if (oneIn(2)) world_.tasks.put(std::move(task));
  }
}

void Worker::withdraw() {
  auto const pending = world_.pending.take();
  if (!pending) return;
  *pending->second = true;
  pending->first.cancel();
}
void Worker::cancelTask() {
  auto task = world_.tasks.take();
  if (!task) return;
  task->cancel();
  if (oneIn(2)) world_.tasks.put(std::move(*task));
}

void Worker::answer() {
  auto reply = world_.replies.take();
  if (!reply) return;
  switch (below(5)) {
    case 0: reply->first.fail(std::make_exception_ptr(std::runtime_error("no"))); break;
    case 1: break;  // dies
    case 2:
      reply->first.set(reply->second * 2 + 1);
      if (reply->first.set(std::uint64_t{0})) complain("a Reply answers twice");
      break;
    default: reply->first.set(reply->second * 2 + 1);
  }
}

}  // namespace storm

// tests/fuzz/program.cpp - runs a program on a bus and on the model
#include "program.hpp"

#include <chrono>
#include <stdexcept>

namespace fuzz {

using namespace std::chrono_literals;
using tincan::Errc;
using tincan::Error;
using tincan::Event;
using tincan::Future;
using tincan::SendResult;

namespace {
constexpr int MostNested = 4;
constexpr int MostSteps = 400;
constexpr Id answerTo(Id id) { return id * 3 + 1; }
}  // namespace

std::uint8_t Program::byte() {
  if (left_ == 0) return 0;
  --left_;
  return *at_++;
}

tincan::InboxOptions Program::inbox() {
  unsigned const dice = byte();
  if (dice % 4 != 0) return {};
  tincan::InboxOptions options;
  options.capacity = 1 + dice / 4 % 5;
  options.overflow = static_cast<tincan::Overflow>(dice / 20 % 4);
  return options;
}

tincan::Endpoint* Program::endpoint(unsigned at) {
  if (at == 0) return &bus_->main();
  return renderers_[at].get();
}
tincan::ChannelName Program::channel(unsigned at) const {
  static constexpr char const* names[Channels] = {"a", "", "a rather long name of a channel", "d"};
  return tincan::ChannelName(std::string_view(names[at]));
}

// ---- listening ----------------------------------------------------------------------------------

void Program::attach(unsigned at) {
  if (renderers_[at] || isClosed_) return;
  tincan::InboxOptions const options = inbox();
  renderers_[at].reset(
      new tincan::Renderer(bus_->attach("renderer " + std::to_string(at), options)));
  model_.open(at, options);
  hasEnded_[at] = std::make_shared<bool>(false);
  renderers_[at]->poll();
  for (unsigned c = 0; c < Channels; ++c) {
    track(at, c);
    if (c < 2) listen(at, c, byte());
  }
}

void Program::track(unsigned at, unsigned c) {
  endpoint(at)->on(channel(c), [this, at, c](Event&, MessageOf<4> const& message) {
    model_.begin(at, c, message.id);
  });
}

void Program::listen(unsigned at, unsigned c, unsigned how) {
  auto* const here = endpoint(at);
  if (here == nullptr || !model_.isOpen(at)) return;
  std::uint64_t const number = model_.add(at, c);
  bool const isOnce = how % 16 == 15;
  auto const listener = [=, this, counted = Counted()](Event& event, MessageOf<4> const& message) {
    Id const id = message.id;
    model_.called(number, id);
    if (isOnce) model_.remove(number);
    switch (how % 8) {
      case 0:
        model_.answer(id, Model::Outcome::Value);
        event.returnValue = answerTo(id);
        nested();
        break;
      case 1: nested(); break;
      case 2:
        nested();
        model_.answer(id, Model::Outcome::Thrown);
        throw std::runtime_error("thrown");
      case 3: replies_.emplace_back(id, event.defer()); break;
      case 4: endpoint(at)->poll(); break;
      default: break;
    }
  };
  auto const token = isOnce ? here->once(channel(c), listener) : here->on(channel(c), listener);
  tokens_.push_back({number, token});
}

/// The tracker goes with them, and is the first again.
void Program::removeAll(unsigned at, unsigned c) {
  auto* const here = endpoint(at);
  if (here == nullptr || !model_.isOpen(at)) return;
  model_.removeAll(at, c);
  here->removeAllListeners(channel(c));
  track(at, c);
}

// ---- sending ------------------------------------------------------------------------------------

void Program::send(unsigned from, unsigned to, unsigned c) {
  if (!renderers_[from] || !model_.isOpen(from) || endpoint(to) == nullptr) return;
  // A handle says who sends by who has given it: the thread has several endpoints.
  auto const peer = to == 0 ? std::optional(renderers_[from]->main())
                            : renderers_[from]->peer("renderer " + std::to_string(to));
  if (!peer) return;
  Id const id = model_.newId();
  std::uint64_t const sender = renderers_[from]->peer().id();
  auto const wanted = model_.wanted(sender, to);
  SendResult const result = peer->send(channel(c), MessageOf<4>{id, {}, {}});
  expect(result == wanted.value_or(result), "send returns something else");
  model_.pushed(sender, to, c, id, result);
}

/// Of main, which ends last: what is asked there is ended by nobody else.
void Program::ask(unsigned from, unsigned c) {
  if (!renderers_[from] || !model_.isOpen(from)) return;
  Id const id = model_.newId();
  std::uint64_t const sender = renderers_[from]->peer().id();
  auto const wanted = model_.wanted(sender, 0);
  auto future = renderers_[from]->request<Id>(channel(c), MessageOf<4>{id, {}, {}});
  SendResult const result = future.ready() ? SendResult::Full : SendResult::Queued;
  bool const isRefused = wanted != SendResult::Queued;
  expect(!wanted || isRefused == future.ready(), "a request is refused, or is not");
  model_.pushed(sender, 0, c, id, result);
  awaited_.emplace_back(id, from);
  questions_.push_back({id, hasEnded_[from], hasEnded_[from], std::move(future)});
}

void Program::poll(unsigned at, unsigned how) {
  auto* const here = endpoint(at);
  if (here == nullptr) return;
  switch (how) {
    case 0: here->poll(1); break;
    case 1: here->poll(2); break;
    case 2:
      if (depth_ > 0 || !model_.isOpen(at)) break;
      here->quit();
      here->run();
      break;
    case 3: here->pollFor(1h); break;
    default: here->poll();
  }
}

// ---- answers ------------------------------------------------------------------------------------

void Program::get(Question question) {
  Id const id = question.id;
  bool const isReady = question.future.ready();
  auto const outcome = model_.outcomeOf(id);
  try {
    Id const got = isReady ? question.future.get() : question.future.getFor(0s);
    expect(got == answerTo(id), "a request has another one's answer");
    expect(outcome == Model::Outcome::Value, "a request is answered that nobody has answered");
  } catch (Error const& error) {
    bool const isGivenUp = error.code() == Errc::Timeout || error.code() == Errc::Deadlock;
    bool const isUnanswered = outcome == Model::Outcome::Open;
    bool const hasEnded = error.code() == Errc::Closed &&
                          (isClosed_ || *question.hasAskerEnded || *question.hasPlaceEnded);
    expect(hasEnded || (isReady ? isUnanswered : isGivenUp), error.what());
  } catch (std::runtime_error const&) {
    expect(outcome == Model::Outcome::Thrown, "an exception comes that nobody has thrown");
  }
  model_.uncertain(id);
}

tincan::Task<> Program::await(Question question) {
  ++begun_;
  Id const id = question.id;
  try {
    Id const got = co_await std::move(question.future);
    expect(got == answerTo(id), "co_await has another one's answer");
  } catch (std::runtime_error const&) {
  }
  ++ended_;
  nested();
}

void Program::settle(std::size_t at, unsigned how) {
  Question question = std::move(questions_[at]);
  questions_.erase(questions_.begin() + static_cast<std::ptrdiff_t>(at));
  Id const id = question.id;
  switch (how) {
    case 0:
      question.future.cancel();
      model_.uncertain(id);
      break;
    case 1: model_.uncertain(id); break;  // dropped
    case 2:
    case 3: {
      unsigned const place = upTo(Endpoints);
      auto* const here = endpoint(place);
      if (here == nullptr) {
        model_.uncertain(id);
        break;
      }
      auto const hasAskerEnded = question.hasAskerEnded, hasPlaceEnded = hasEnded_[place];
      auto calls = std::make_shared<int>(0);
      ++wanted_;
      awaited_.emplace_back(id, place);
      if (!model_.isOpen(place)) model_.uncertain(id);
      try {
        std::move(question.future).then(*here, [=, this, counted = Counted()](Future<Id> future) {
          ++called_;
          expect(++*calls == 1, "a continuation is called twice");
          expect(future.ready(), "a continuation is called too early");
          get({id, hasAskerEnded, hasPlaceEnded, std::move(future)});
          nested();
        });
      } catch (Error const& error) {
        expect(error.code() == Errc::Closed, error.what());
        --wanted_;
        model_.uncertain(id);
      }
      break;
    }
    case 4:
    case 5: {
      model_.uncertain(id);  // it ends with an endpoint that depends on who is running
      auto const task = await(std::move(question));
      break;
    }
    default: get(std::move(question));
  }
}

// ---- ends and ports -----------------------------------------------------------------------------

void Program::close(unsigned at, bool isEnd) {
  if (at == 0 || !renderers_[at]) return;
  model_.close(at);
  *hasEnded_[at] = true;
  for (auto const& [id, place] : awaited_) {
    if (place == at) model_.uncertain(id);
  }
  if (!isEnd || depth_ > 0) {
    renderers_[at]->close();
    return;
  }
  // What it calls as it ends may attach the next one here.
  auto const gone = std::move(renderers_[at]);
}

void Program::openPort(unsigned at) {
  auto* const here = endpoint(at);
  if (here == nullptr || !model_.isOpen(at)) return;
  tincan::MessageChannel pair;
  auto const stream = std::make_shared<Stream>();
  streams_.push_back(stream);
  pair.port2.on("message", [this, stream, counted = Counted()](std::uint64_t n) {
    expect(n == stream->got++, "a message of a port is out of order");
    nested();
  });
  pair.port2.on("close", [stream] { expect(++stream->closes == 1, "a port is closed twice"); });
  for (unsigned i = upTo(4); i > 0; --i) pair.port1.postMessage(stream->posted++);
  pair.port2.start(*here);
  ports_.push_back({std::move(pair.port1), stream});
  ports_.push_back({std::move(pair.port2), nullptr});
}

void Program::usePort(unsigned how) {
  if (ports_.empty()) return;
  std::size_t const at = upTo(static_cast<unsigned>(ports_.size()));
  if (how > 1 && ports_[at].stream != nullptr) {
    ports_[at].port.postMessage(ports_[at].stream->posted++);
    return;
  }
  auto const gone = std::move(ports_[at].port);
  ports_.erase(ports_.begin() + static_cast<std::ptrdiff_t>(at));
}

// ---- the program --------------------------------------------------------------------------------

void Program::nested() {
  if (depth_ >= MostNested || left_ == 0) return;
  ++depth_;
  for (unsigned i = upTo(3); i > 0; --i) step();
  --depth_;
}

void Program::step() {
  unsigned const what = byte();
  try {
    act(what);
  } catch (Error const& error) {
    expect(error.code() == Errc::Closed, error.what());
  }
}

void Program::act(unsigned what) {
  unsigned const arguments = byte();
  unsigned const from = 1 + arguments % 3, to = arguments / 4 % Endpoints;
  unsigned const c = arguments / 16 % Channels, how = arguments / 16 % 8;
  switch (what % 32) {
    default: send(from, to, c); break;
    case 8:
    case 9:
    case 10:
    case 11:
    case 12: ask(from, c); break;
    case 13:
    case 14:
    case 15:
    case 16: poll(to, how); break;
    case 17:
    case 18: listen(to, c, byte()); break;
    case 19:
      if (!tokens_.empty()) {
        std::size_t const at = byte() % tokens_.size();
        Token const token = tokens_[at];
        tokens_.erase(tokens_.begin() + static_cast<std::ptrdiff_t>(at));
        model_.remove(token.number);
        token.listener.remove();
      }
      break;
    case 20: removeAll(to, c); break;
    case 21:
    case 22:
    case 23:
      if (!questions_.empty()) settle(byte() % questions_.size(), how);
      break;
    case 24:
    case 25:
      if (!replies_.empty()) {
        auto reply = std::move(replies_.back());
        replies_.pop_back();
        if (how == 0) break;  // dies
        bool const isFirst = model_.outcomeOf(reply.first) == Model::Outcome::Open;
        model_.answer(reply.first, Model::Outcome::Value);
        expect(!reply.second.set(answerTo(reply.first)) || isFirst, "a request has two answers");
      }
      break;
    case 26: close(from, how % 2 == 0); break;
    case 27: attach(from); break;
    case 28: openPort(to); break;
    case 29: usePort(how); break;
    case 30:
      if (auto* const here = endpoint(to)) {
        if (how % 2 == 0) here->onWake([counted = Counted()] {});
        else here->onWake({});
        if (how == 7) here->post([this, counted = Counted()] { nested(); });
      }
      break;
    case 31:
      if (how != 7 || depth_ > 0) break;
      isClosed_ = true;
      for (unsigned at = 0; at < Endpoints; ++at) model_.close(at);
      bus_->close();
      break;
  }
}

void Program::expectCounts() {
  tincan::Stats const stats = bus_->stats();
  std::uint64_t dead = 0;
  for (auto const& [reason, count] : stats.deadLetters) dead += count;
  expect(stats.sent == stats.handled + dead + stats.pending, "the counters do not add up");
  expect(stats.handled == model_.handled, "the bus counts other messages as handled");
  expect(stats.sent == model_.sent, "the bus counts other messages as sent");
  for (unsigned at = 0; at < Endpoints; ++at) {
    if (endpoint(at) == nullptr || !model_.isOpen(at)) continue;
    for (unsigned c = 0; c < Channels; ++c) {
      expect(endpoint(at)->listenerCount(channel(c)) == model_.count(at, c) + 1,
             "listenerCount is wrong");
    }
  }
}

void Program::run() {
  tincan::InboxOptions const options = inbox();
  bus_.emplace(tincan::BusOptions{options});
  bus_->onError([](tincan::ErrorReport const&) {});
  bus_->onDeadLetter([](tincan::DeadLetter const&) {});
  bus_->main().poll();
  model_.open(0, options);
  hasEnded_[0] = std::make_shared<bool>(false);
  for (unsigned c = 0; c < Channels; ++c) {
    track(0, c);
    if (c < 2) listen(0, c, byte());
  }
  for (unsigned at = 1; at < Endpoints; ++at) attach(at);
  for (int steps = 0; left_ > 0 && steps < MostSteps; ++steps) {
    step();
    expectCounts();
  }
  end();
}

void Program::end() {
  left_ = 0;
  for (int round = 0; round < 6; ++round) {
    for (unsigned at = 0; at < Endpoints; ++at) poll(at, 7);
    replies_.clear();
  }
  expectCounts();
  while (!questions_.empty()) settle(questions_.size() - 1, 7);
  for (auto const& stream : streams_) {
    expect(stream->got <= stream->posted, "a port has more messages than were posted");
  }
  ports_.clear();
  for (auto& renderer : renderers_) renderer.reset();
  bus_.reset();
  expect(wanted_ == called_, "a continuation was never called");
  expect(begun_ == ended_, "a coroutine has not ended");
}

}  // namespace fuzz

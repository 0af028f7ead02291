// tests/race/requests.cpp - requests of many threads, each of which ends once
//
// Questions of every kind, answered in every way, between endpoints that come and go: each question
// ends exactly once, and with its own answer.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <tincan/tincan.hpp>
#include <vector>

#include "catch.hpp"
#include "unit/support.hpp"

namespace {

constexpr std::size_t Workers = 8;

std::uint64_t questionsToAsk() {
  char const* const text = std::getenv("TINCAN_RACE_REQUESTS");
  return text == nullptr ? 30'000 : std::strtoull(text, nullptr, 10);
}

enum class How { Value, Throw, Nothing, Later, ByTask, Count };

constexpr std::uint64_t answerTo(std::uint64_t question) { return question * 2 + 1; }

/// The endpoints that there are now.
class Directory {
 public:
  void set(std::size_t worker, tincan::Peer peer) {
    std::lock_guard const lock(mutex_);
    peers_[worker] = std::move(peer);
  }
  tincan::Peer get(std::size_t worker) const {
    std::lock_guard const lock(mutex_);
    return peers_[worker];
  }

 private:
  mutable std::mutex mutex_;
  tincan::Peer peers_[Workers];
};

/// What became of the questions of one worker.
struct Record {
  std::vector<std::uint8_t> ends;  // of each question
  std::uint64_t values = 0, exceptions = 0, errors = 0, dropped = 0, wrong = 0;

  void end(std::uint64_t question) { ++ends[question]; }

  /// Takes the answer, or what there is instead.
  template <class Get>
  void take(std::uint64_t question, Get&& get) {
    end(question);
    try {
      if (get() == answerTo(question)) ++values;
      else ++wrong;
    } catch (std::uint64_t thrown) {
      if (thrown == question) ++exceptions;
      else ++wrong;
    } catch (tincan::Error const&) {
      ++errors;
    }
  }
};

class Worker {
 public:
  Worker(tincan::Bus& bus, Directory& directory, std::size_t index, std::uint64_t questions)
      : bus_(bus),
        directory_(directory),
        index_(index),
        random_(static_cast<std::uint32_t>(index + 1)) {
    record.ends.resize(questions);
  }

  void run() {
    while (asked_ < record.ends.size()) live();
    // All of those who could still answer may be waiting, too.
    for (auto& one : kept_) {
      record.take(one.first, [&] { return one.second.getFor(std::chrono::milliseconds(1)); });
    }
  }

  Record record;

 private:
  using Reply = std::pair<tincan::Reply, std::uint64_t>;

  void live() {
    auto ipc = bus_.attach("worker " + std::to_string(index_));
    listen(ipc);
    ipc.poll();  // now it lives here, and calls by a Peer come from it
    directory_.set(index_, ipc.peer());
    std::uint64_t const end =
        std::min<std::uint64_t>(asked_ + 50 + random_() % 500, record.ends.size());
    while (asked_ < end) {
      ask(ipc);
      ipc.poll(64);
      if (later_.size() > 8) answerLate();
    }
    ipc.poll();
    later_.resize(later_.size() / 2);  // those answer NoReply
    answerLate();
  }

  void listen(tincan::Renderer& ipc) {
    auto const answer = [](How how, std::uint64_t question) {
      if (how == How::Throw) throw question;
      return answerTo(question);
    };
    ipc.on("ask", [this, answer](tincan::Event& event, How how, std::uint64_t question) {
      if (how == How::Later) later_.emplace_back(event.defer(), question);
      else if (how != How::Nothing) event.returnValue = answer(how, question);
    });
    ipc.handle("call", answer);
    ipc.handle("call by task",
               [this](How how, std::uint64_t question) -> tincan::Task<std::uint64_t> {
                 if (how == How::Throw) throw question;
                 co_return co_await anybody().invoke<std::uint64_t>("call", How::Value, question);
               });
  }

  void answerLate() {
    for (auto& [reply, question] : later_) reply.set(answerTo(question));
    later_.clear();
  }

  tincan::Peer anybody() { return directory_.get(random_() % Workers); }

  void ask(tincan::Renderer& ipc) {
    std::uint64_t const question = asked_++;
    auto const how = static_cast<How>(random_() % static_cast<unsigned>(How::Count));
    tincan::Peer const peer = anybody();
    switch (random_() % 8) {
      case 0:
        // Not later: those who have promised may wait as we do, and nobody could see the cycle.
        record.take(question, [&] {
          How const soon = how == How::Later ? How::Value : how;
          return peer.sendSync<std::uint64_t>("ask", soon, question);
        });
        break;
      case 1:
        record.take(question, [&] {
          return peer.within(std::chrono::microseconds(20))
              .sendSync<std::uint64_t>("ask", how, question);
        });
        break;
      case 2: then(ipc, question, peer.request<std::uint64_t>("ask", how, question)); break;
      case 3:
        then(ipc, question,
             peer.within(std::chrono::microseconds(50))
                 .invoke<std::uint64_t>("call by task", how, question));
        break;
      case 4: await(question, peer.invoke<std::uint64_t>("call", how, question)); break;
      case 5: await(question, peer.invoke<std::uint64_t>("call by task", how, question)); break;
      case 6: keep(question, peer.request<std::uint64_t>("ask", how, question)); break;
      default: {
        auto future = peer.invoke<std::uint64_t>("call", how, question);
        if (random_() % 2 == 0) future.cancel();
        ++record.dropped;
        record.end(question);
      }
    }
  }

  void then(tincan::Renderer& ipc, std::uint64_t question, tincan::Future<std::uint64_t> future) {
    future.then(ipc, [this, question](tincan::Future<std::uint64_t> ready) {
      record.take(question, [&] { return ready.get(); });
    });
  }

  tincan::Task<void> await(std::uint64_t question, tincan::Future<std::uint64_t> future) {
    std::optional<std::uint64_t> answer;
    std::exception_ptr error;
    try {
      answer = co_await future;
    } catch (...) {
      error = std::current_exception();
    }
    record.take(question, [&] {
      if (error != nullptr) std::rethrow_exception(error);
      return *answer;
    });
  }

  /// Some are taken at once, some when they are ready, some not before the end.
  void keep(std::uint64_t question, tincan::Future<std::uint64_t> future) {
    kept_.emplace_back(question, std::move(future));
    if (kept_.size() < 32) return;
    std::erase_if(kept_, [&](auto& one) {
      if (!one.second.ready()) return false;
      record.take(one.first, [&] { return one.second.get(); });
      return true;
    });
    if (kept_.size() < 32) return;
    record.take(kept_.front().first,
                [&] { return kept_.front().second.getFor(std::chrono::milliseconds(1)); });
    kept_.erase(kept_.begin());
  }

  tincan::Bus& bus_;
  Directory& directory_;
  std::size_t index_;
  std::mt19937 random_;
  std::uint64_t asked_ = 0;
  std::vector<Reply> later_;
  std::vector<std::pair<std::uint64_t, tincan::Future<std::uint64_t>>> kept_;
};

}  // namespace

TEST_CASE("race: every question ends exactly once, with its own answer") {
  std::uint64_t const total = questionsToAsk();
  Record sum;
  std::uint64_t notOnce = 0;
  tincan::Stats stats;
  {
    tincan::Bus bus;
    bus.onError([](tincan::ErrorReport const&) {});  // those who asked are told
    Directory directory;
    std::vector<std::unique_ptr<Worker>> workers;
    for (std::size_t i = 0; i < Workers; ++i) {
      workers.push_back(std::make_unique<Worker>(bus, directory, i, total / Workers));
    }
    std::vector<std::thread> threads;
    for (auto& worker : workers) threads.emplace_back([&worker] { worker->run(); });
    for (auto& thread : threads) thread.join();
    for (auto const& worker : workers) {
      for (auto const ends : worker->record.ends) notOnce += ends == 1 ? 0 : 1;
      sum.values += worker->record.values;
      sum.exceptions += worker->record.exceptions;
      sum.errors += worker->record.errors;
      sum.dropped += worker->record.dropped;
      sum.wrong += worker->record.wrong;
    }
    stats = bus.stats();
  }
  std::printf("%llu questions: %llu values, %llu exceptions, %llu errors, %llu dropped\n",
              static_cast<unsigned long long>(total), static_cast<unsigned long long>(sum.values),
              static_cast<unsigned long long>(sum.exceptions),
              static_cast<unsigned long long>(sum.errors),
              static_cast<unsigned long long>(sum.dropped));
  REQUIRE(notOnce == 0);
  REQUIRE(sum.wrong == 0);
  REQUIRE(sum.values > total / 10);
  REQUIRE(sum.exceptions > total / 100);
  REQUIRE(sum.values + sum.exceptions + sum.errors + sum.dropped == total / Workers * Workers);
  REQUIRE(stats.sent == stats.handled + test::deadLettersOf(stats) + stats.pending);
}

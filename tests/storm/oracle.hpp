// tests/storm/oracle.hpp - what must be so, whatever happens
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <tincan/tincan.hpp>
#include <unordered_map>
#include <utility>

namespace storm {

using Count = std::atomic<std::uint64_t>;

/// One of the sentences that must never be said.
inline Count complaints{0};
inline void complain(char const* sentence, std::uint64_t got = 0, std::uint64_t wanted = 0) {
  // The first ones tell enough.
  if (complaints.fetch_add(1) < 20) {
    std::fprintf(stderr, "storm: %s (%llu, %llu)\n", sentence, static_cast<unsigned long long>(got),
                 static_cast<unsigned long long>(wanted));
  }
}

/// Travels as an argument or is captured by a function; each is destroyed once.
class Traveller {
 public:
  Traveller() { ++alive; }
  Traveller(Traveller const& other) : Traveller() { other.expectAlive(); }
  Traveller(Traveller&& other) noexcept : Traveller() { other.expectAlive(); }
  Traveller& operator=(Traveller const&) = default;
  Traveller& operator=(Traveller&&) noexcept = default;
  ~Traveller() {
    expectAlive();
    mark_ = Dead;
    --alive;
  }

  inline static std::atomic<std::int64_t> alive{0};

 private:
  enum Mark : std::uint32_t { Alive = 0xC0FFEE, Dead = 0xDEAD };

  void expectAlive() const noexcept {
    if (mark_ != Alive) complain("an object is used after its end");
  }

  Mark mark_ = Alive;
};

/// Numbered by a thread for each receiver.
struct Numbered {
  std::uint64_t thread = 0;
  std::uint64_t number = 0;
  Traveller traveller;
};

/// What one receiver has seen, on its thread.
class Seen {
 public:
  explicit Seen(bool mayHaveGaps) : mayHaveGaps_(mayHaveGaps) {}

  void note(Numbered const& message) {
    std::uint64_t& last = last_[message.thread];
    bool const fits = mayHaveGaps_ ? message.number > last : message.number == last + 1;
    if (!fits) complain("a message of a thread is out of order", message.number, last);
    last = message.number;
  }
  bool knows(std::uint64_t thread, std::uint64_t number) const {
    auto const at = last_.find(thread);
    return at != last_.end() && at->second >= number;
  }

 private:
  std::unordered_map<std::uint64_t, std::uint64_t> last_;
  bool const mayHaveGaps_;  // what is Queued may be dropped later
};

/// What became of all requests.
class Ends {
 public:
  static constexpr std::size_t Codes = 32;  // more than Errc has

  void begin() noexcept { ++asked_; }
  void answered(std::uint64_t got, std::uint64_t question) {
    if (got != question * 2 + 1) complain("a request has another one's answer", got, question);
    ++answers_;
  }
  void error(tincan::Errc code) noexcept { ++errors_[static_cast<std::size_t>(code) % Codes]; }
  void exception() noexcept { ++exceptions_; }
  void dropped() noexcept { ++dropped_; }

  /// Runs what gives the answer, and notes how it ends.
  template <class Get>
  void settle(std::uint64_t question, Get&& get) {
    try {
      answered(get(), question);
    } catch (tincan::Error const& failure) {
      error(failure.code());
    } catch (std::runtime_error const&) {
      exception();
    } catch (int) {
      exception();
    }
  }

  std::uint64_t asked() const noexcept { return asked_; }
  std::uint64_t answers() const noexcept { return answers_; }
  std::uint64_t ended() const noexcept {
    std::uint64_t sum = answers_ + exceptions_ + dropped_;
    for (auto const& count : errors_) sum += count;
    return sum;
  }
  void print() const {
    std::printf("requests %llu: answers %llu, exceptions %llu, dropped %llu",
                static_cast<unsigned long long>(asked_), static_cast<unsigned long long>(answers_),
                static_cast<unsigned long long>(exceptions_),
                static_cast<unsigned long long>(dropped_));
    for (std::size_t code = 0; code < Codes; ++code) {
      if (errors_[code] == 0) continue;
      auto const name = tincan::toString(static_cast<tincan::Errc>(code));
      std::printf(", %.*s %llu", static_cast<int>(name.size()), name.data(),
                  static_cast<unsigned long long>(errors_[code]));
    }
    std::printf("\n");
  }

 private:
  Count asked_{0}, answers_{0}, exceptions_{0}, dropped_{0};
  std::array<Count, Codes> errors_{};
};
inline Ends ends;

/// A request that is under way, and what was asked. Ends once: settled, or dropped with this.
class Question {
 public:
  Question(tincan::Future<std::uint64_t> future, std::uint64_t question)
      : future_(std::move(future)), question_(question) {}
  Question(Question&& other) noexcept
      : future_(std::exchange(other.future_, std::nullopt)), question_(other.question_) {}
  Question& operator=(Question&& other) noexcept {
    std::swap(future_, other.future_);
    std::swap(question_, other.question_);
    return *this;
  }
  ~Question() {
    if (future_) ends.dropped();
  }

  std::uint64_t question() const noexcept { return question_; }
  tincan::Future<std::uint64_t>& future() { return *future_; }
  /// The future, for the one who notes its end.
  tincan::Future<std::uint64_t> take() {
    tincan::Future<std::uint64_t> future = *std::move(future_);
    future_.reset();
    return future;
  }

 private:
  std::optional<tincan::Future<std::uint64_t>> future_;
  std::uint64_t question_;
};

/// Functions that must be called exactly once, unless they are withdrawn, and coroutines that must end.
struct Continuations {
  Count wanted{0}, called{0}, withdrawn{0}, begun{0}, ended{0};
};
inline Continuations continuations;

/// What becomes of one function that is to be called with an answer: it has this.
struct Fate {
  Fate(std::uint64_t question, std::shared_ptr<std::atomic<bool>> isCancelled)
      : asked(question), mayBeWithdrawn(std::move(isCancelled)) {
    ++continuations.wanted;
  }
  Fate(Fate const&) = delete;
  Fate& operator=(Fate const&) = delete;
  ~Fate() {
    if (calls != 0) return;
    if (!*mayBeWithdrawn) complain("a continuation is never called");
    ++continuations.withdrawn;
    ends.dropped();
  }

  std::uint64_t const asked;
  std::shared_ptr<std::atomic<bool>> const mayBeWithdrawn;
  int calls = 0;
};

inline std::uint64_t deadLettersOf(tincan::Stats const& stats) {
  std::uint64_t sum = 0;
  for (auto const& [reason, count] : stats.deadLetters) sum += count;
  return sum;
}
inline void expectAddsUp(tincan::Bus const& bus) {
  tincan::Stats const stats = bus.stats();
  std::uint64_t const sum = stats.handled + deadLettersOf(stats) + stats.pending;
  if (stats.sent != sum) complain("sent is not handled + dead letters + pending", stats.sent, sum);
}

}  // namespace storm

// tests/oom/attempt.hpp - one try of one verb while an allocation fails, and what must be so after it
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tincan/tincan.hpp>
#include <utility>
#include <vector>

#include "failing_new.hpp"

namespace oom {

/// Needs memory for each copy, and counts its instances.
class Baggage {
 public:
  Baggage() { ++alive; }
  Baggage(Baggage const& other) : text_(other.text_) { ++alive; }
  Baggage(Baggage&& other) noexcept : text_(std::move(other.text_)) { ++alive; }
  Baggage& operator=(Baggage const&) = default;
  Baggage& operator=(Baggage&&) noexcept = default;
  ~Baggage() { --alive; }

  std::size_t size() const noexcept { return text_.size(); }

  inline static std::atomic<int> alive{0};

 private:
  std::string text_ = "a text that is too long for the small string optimisation";
};

/// What a row of the table uses. Complaints may be made on any thread.
class Attempt {
 public:
  /// Runs the verb while allocations fail. True: it returned; false: it threw bad_alloc. Any other
  /// exception is a complaint.
  template <class F>
  bool succeeds(F&& verb, On on = On::ThisThread) {
    try {
      FailingMemory const failing(on);
      verb();
      return true;
    } catch (std::bad_alloc const&) {
      hasThrown_ = true;
    } catch (std::exception const& error) {
      complain(std::string("the verb throws: ") + error.what());
    }
    return false;
  }

  /// Runs what must do without memory. True: it returned.
  template <class F>
  bool ends(F&& verb, On on = On::ThisThread) {
    bool const hasEnded = succeeds(verb, on);
    if (!hasEnded) complain("an end throws");
    return hasEnded;
  }

  /// Runs something that is no part of the attempt, with complaints for what it throws.
  template <class F>
  void withMemory(std::string_view what, F&& function) {
    UsualMemory const usual;
    try {
      function();
    } catch (std::exception const& error) {
      complain(std::string(what) + " throws: " + error.what());
    }
  }

  /// True if a verb has thrown bad_alloc: it must have done nothing.
  bool hasThrown() const noexcept { return hasThrown_; }

  /// Lives as long as the room: for what a listener writes to that may be called after the row.
  template <class T, class... A>
  T& keep(A&&... arguments) {
    UsualMemory const usual;
    auto kept = std::make_shared<T>(std::forward<A>(arguments)...);
    kept_.push_back(kept);
    return *kept;
  }

  void complain(std::string const& sentence);
  void expect(bool holds, std::string_view sentence) {
    if (!holds) complain(std::string(sentence));
  }
  void expectCount(std::uint64_t got, std::uint64_t wanted, std::string_view what);

  /// The request was made: now it must have its own answer, or bad_alloc if an allocation failed.
  template <class R>
  void expectAnswer(tincan::Future<R>& future, R const& wanted, std::string_view what);

  std::string complaints() const;

 private:
  std::atomic<bool> hasThrown_{false};
  mutable std::mutex mutex_;
  std::string complaints_;
  std::vector<std::shared_ptr<void>> kept_;
};

struct RoomOptions {
  bool haveMet = true;  // they have sent to each other before
  tincan::InboxOptions main = {};
};
/// Their first message to each other is part of the attempt.
inline constexpr RoomOptions strangers{.haveMet = false};

/// A bus whose main and two renderers live on this thread, and answer.
class Room {
 public:
  Room(Attempt& attempt, RoomOptions options);
  Room(Room const&) = delete;
  Room& operator=(Room const&) = delete;
  ~Room() = default;

  tincan::Bus& bus() { return *bus_; }
  tincan::Main& main() { return bus_->main(); }
  tincan::Renderer& a() { return *a_; }
  tincan::Renderer& b() { return *b_; }

  /// As often as an answer to an answer needs.
  void pollAll();
  /// Messages that have reached main's listener of "count".
  std::uint64_t counted() const noexcept { return counted_; }
  std::uint64_t errors() const noexcept { return errors_; }

  /// With memory again: messages arrive, and requests get their own answers.
  void worksOn(std::string_view when);
  void addsUp(std::string_view when);

  void endA() noexcept { a_.reset(); }
  void endB() noexcept { b_.reset(); }
  void endBus() noexcept { bus_.reset(); }
  /// Another one in b's place, if that is gone or closed.
  void renewB();
  /// False if the row has closed or ended the bus.
  bool isOpen();

 private:
  Attempt& attempt_;
  std::uint64_t counted_ = 0, toA_ = 0;
  std::atomic<std::uint64_t> errors_{0};
  std::optional<tincan::Bus> bus_;
  std::optional<tincan::Renderer> a_, b_;
};

struct Row {
  std::string_view verb;
  void (*run)(Attempt&, Room&);
  RoomOptions room = {};
};

// The table, by topics.
std::span<Row const> sendingRows();
std::span<Row const> listeningRows();
std::span<Row const> pollingRows();
std::span<Row const> answerRows();
std::span<Row const> continuationRows();
std::span<Row const> waitingRows();
std::span<Row const> portRows();
std::span<Row const> timeRows();
std::span<Row const> endRows();

template <class R>
void Attempt::expectAnswer(tincan::Future<R>& future, R const& wanted, std::string_view what) {
  UsualMemory const usual;
  if (!future.ready()) return complain(std::string(what) + " is never answered");
  try {
    if (future.get() != wanted) complain(std::string(what) + " has another one's answer");
  } catch (std::bad_alloc const&) {
    if (failures() == 0) complain(std::string(what) + " is bad_alloc without a failure");
  } catch (std::exception const& error) {
    complain(std::string(what) + " ends with: " + error.what());
  }
}

inline constexpr char const* LongName = "a name that is too long for the small string optimisation";

}  // namespace oom

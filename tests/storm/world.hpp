// tests/storm/world.hpp - what the threads of a storm share
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <tincan/tincan.hpp>
#include <type_traits>
#include <utility>
#include <vector>

#include "oracle.hpp"
#include "watchdog.hpp"

namespace storm {

/// Each thread's own numbers.
inline thread_local std::mt19937_64 randomness;
inline std::uint64_t below(std::uint64_t n) { return randomness() % n; }
inline bool oneIn(std::uint64_t n) { return below(n) == 0; }

/// Things that any thread puts down and any thread takes up.
template <class T>
class Pool {
 public:
  explicit Pool(std::size_t most) : most_(most) {}

  void put(T thing) {
    std::optional<T> gone;  // declared first: it ends without the lock
    std::lock_guard const lock(mutex_);
    if (isClosed_) {
      gone.emplace(std::move(thing));
    } else if (things_.size() < most_) {
      things_.push_back(std::move(thing));
      changed_.notify_one();
    } else {
      T& place = things_[below(things_.size())];
      gone.emplace(std::move(place));
      place = std::move(thing);
    }
  }
  std::optional<T> take() {
    std::lock_guard const lock(mutex_);
    return takeLocked();
  }
  /// Waits until there is something. Nothing: the pool was closed.
  std::optional<T> waitAndTake() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return isClosed_ || !things_.empty(); });
    return takeLocked();
  }
  std::optional<T> copy() requires std::is_copy_constructible_v<T> {
    std::lock_guard const lock(mutex_);
    if (things_.empty()) return std::nullopt;
    return things_[below(things_.size())];
  }
  /// What is in it ends, and what is put into it from now on.
  void close() {
    std::vector<T> things;
    {
      std::lock_guard const lock(mutex_);
      isClosed_ = true;
      things.swap(things_);
    }
    changed_.notify_all();
  }

 private:
  std::optional<T> takeLocked() {
    if (things_.empty()) return std::nullopt;
    std::swap(things_[below(things_.size())], things_.back());
    std::optional<T> thing(std::move(things_.back()));
    things_.pop_back();
    return thing;
  }

  std::size_t const most_;
  std::mutex mutex_;                 // guards what follows
  std::condition_variable changed_;  // something has come, or it was closed
  std::vector<T> things_;
  bool isClosed_ = false;
};

/// Where to send, and the name of the one who numbers what it gets.
struct Address {
  tincan::Peer peer;
  std::uint64_t key = 0;
};

using BusHandle = std::shared_ptr<tincan::Bus>;

struct World {
  explicit World(std::uint64_t number) : seed(number), mayTasksSuspend(number % 2 == 1) {}

  std::uint64_t const seed;
  // A thread that waits for an answer does not let its own Tasks go on, so that with them every wait
  // has a deadline; without them none has.
  bool const mayTasksSuspend;
  std::atomic<bool> isOver{false};
  std::atomic<std::uint64_t> steps{0}, threads{0}, keys{0};

  Pool<BusHandle> buses{4};
  Pool<Address> addresses{40};
  Pool<Question> questions{40};
  Pool<std::pair<tincan::Reply, std::uint64_t>> replies{40};
  Pool<tincan::MessagePort> ports{30};
  Pool<tincan::RendererThread> rendererThreads{6};
  Pool<tincan::Listener> listeners{60};
  Pool<tincan::Task<>> tasks{20};
  // With each, whether it may end without a call.
  Pool<std::pair<tincan::Pending, std::shared_ptr<std::atomic<bool>>>> pending{20};

  // The bus that lives through all of it, and its main, the witness.
  BusHandle lasting;
  Address witness;
};

}  // namespace storm

// tests/storm/watchdog.hpp - tells who waits when nothing goes on any more
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace storm {

using Clock = std::chrono::steady_clock;

/// What a thread is doing, and since when.
struct Activity {
  std::atomic<bool> isUsed{false};
  std::atomic<char const*> what{nullptr};  // null: nothing that could hang
  std::atomic<Clock::rep> since{0};
};
inline std::array<Activity, 1024> activities;

/// The thread's place among them.
class Place {
 public:
  Place() {
    for (Activity& activity : activities) {
      if (!activity.isUsed.exchange(true)) {
        activity_ = &activity;
        return;
      }
    }
  }
  Place(Place const&) = delete;
  Place& operator=(Place const&) = delete;
  ~Place() {
    if (activity_ == nullptr) return;
    activity_->what = nullptr;
    activity_->isUsed = false;
  }

  Activity* activity() noexcept { return activity_; }

 private:
  Activity* activity_ = nullptr;
};
inline Activity* ownActivity() {
  static thread_local Place place;
  return place.activity();
}

/// Says what the thread does, for as long as it lives.
class Doing {
 public:
  explicit Doing(char const* what) : activity_(ownActivity()) {
    if (activity_ == nullptr) return;
    before_ = activity_->what;
    say(what);
  }
  Doing(Doing const&) = delete;
  Doing& operator=(Doing const&) = delete;
  ~Doing() {
    if (activity_ != nullptr) say(before_);
  }

 private:
  void say(char const* what) {
    activity_->since = Clock::now().time_since_epoch().count();
    activity_->what = what;
  }

  Activity* const activity_;
  char const* before_ = nullptr;
};

/// Aborts when a thread has been doing the same for too long.
class Watchdog {
 public:
  explicit Watchdog(std::chrono::seconds patience)
      : patience_(patience), thread_([this] { watch(); }) {}
  Watchdog(Watchdog const&) = delete;
  Watchdog& operator=(Watchdog const&) = delete;
  ~Watchdog() {
    {
      std::lock_guard const lock(mutex_);
      isOver_ = true;
    }
    over_.notify_one();
    thread_.join();
  }

 private:
  void watch() {
    std::unique_lock lock(mutex_);
    while (!over_.wait_for(lock, std::chrono::seconds(1), [this] { return isOver_; })) {
      for (Activity const& activity : activities) {
        if (activity.what != nullptr && age(activity) > patience_) barkAndAbort();
      }
    }
  }
  static Clock::duration age(Activity const& activity) {
    return Clock::now() - Clock::time_point(Clock::duration(activity.since));
  }
  [[noreturn]] static void barkAndAbort() {
    std::fprintf(stderr, "storm: nothing goes on any more. Who does what, for how long:\n");
    for (Activity const& activity : activities) {
      char const* const what = activity.what;
      if (what == nullptr) continue;
      auto const for_ = std::chrono::duration_cast<std::chrono::milliseconds>(age(activity));
      std::fprintf(stderr, "  %-28s %8lld ms\n", what, static_cast<long long>(for_.count()));
    }
    std::abort();
  }

  std::chrono::seconds const patience_;
  std::mutex mutex_;
  std::condition_variable over_;
  bool isOver_ = false;
  std::thread thread_;
};

}  // namespace storm

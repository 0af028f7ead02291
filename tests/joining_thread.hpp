// tests/joining_thread.hpp - a thread that is joined at its end
#pragma once

#include <concepts>
#include <thread>
#include <type_traits>
#include <utility>

namespace test {

/// As std::jthread, without its stop token: libc++ has that as an experiment only.
class JoiningThread {
 public:
  JoiningThread() = default;
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, JoiningThread>) explicit JoiningThread(F&& body)
      : thread_(std::forward<F>(body)) {}
  JoiningThread(JoiningThread&&) = default;
  JoiningThread& operator=(JoiningThread&& other) noexcept {
    join();
    thread_ = std::move(other.thread_);
    return *this;
  }
  ~JoiningThread() { join(); }

  void join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::thread thread_;
};

}  // namespace test

// benchmarks/peers/libuv.hpp - libuv: a queue under a mutex, and uv_async_send to tell of it
//
// libuv merges wake-ups, so its users bring a queue; B takes out all of it at once. B polls with
// UV_RUN_NOWAIT: sleeping in the kernel would cost each question a wake-up.
#pragma once

#include <fmt/format.h>
#include <uv.h>

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "desk.hpp"

namespace bench {

class Libuv {
 public:
  static constexpr auto key = "libuv";
  static std::string title() { return fmt::format("libuv {} uv_async", uv_version_string()); }

  Libuv() {
    require(uv_loop_init(&loop_) == 0, "libuv: no loop");
    require(uv_async_init(&loop_, &filled_, [](uv_async_t* handle) { run(*handle); }) == 0,
            "libuv: no handle");
    filled_.data = this;
  }
  Libuv(Libuv const&) = delete;
  Libuv& operator=(Libuv const&) = delete;
  ~Libuv() {
    uv_close(reinterpret_cast<uv_handle_t*>(&filled_), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }

  template <class F>
  void post(F f) {
    {
      std::lock_guard const lock(mutex_);
      jobs_.emplace_back(std::move(f));
    }
    uv_async_send(&filled_);
  }

  void poll() { uv_run(&loop_, UV_RUN_NOWAIT); }

 private:
  static void run(uv_async_t& handle) { static_cast<Libuv*>(handle.data)->runAll(); }

  void runAll() {
    {
      std::lock_guard const lock(mutex_);
      taken_.swap(jobs_);
    }
    for (auto const& job : taken_) job();
    taken_.clear();
  }

  uv_loop_t loop_;
  uv_async_t filled_;
  std::mutex mutex_;
  std::vector<std::function<void()>> jobs_;   // under the mutex
  std::vector<std::function<void()>> taken_;  // B's
};

}  // namespace bench

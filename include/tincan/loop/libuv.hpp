// tincan/loop/libuv.hpp - an endpoint in a loop of libuv
#pragma once

#include <uv.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>

#include <tincan/detail/loop/loop_tie.hpp>
#include <tincan/endpoint.hpp>

namespace tincan::inline abi0::loop {

/// Ties an endpoint to a uv_loop_t. Timers may be made anywhere: the tie looks for them before the loop sleeps.
/// uv_run() does not return before the endpoint is closed, or this has ended.
///
///   Threads   Made, used and ended on the endpoint's thread, which runs the loop.
///   Order     As poll() of the endpoint. After a hundred messages the loop goes on.
///   Lifetime  Ends before the loop, which must run once more before uv_loop_close(): it closes three handles. The
///             endpoint has one tie at a time, and is not moved meanwhile. It, or its bus, may be closed or end
///             before. A listener may end this.
///   Errors    WrongThread, Closed; std::system_error from libuv. A loop that another thread runs is an
///             exception which ends the program.
class Libuv {
 public:
  /// Opens three handles of the loop, and takes the endpoint's onWake().
  Libuv(Endpoint& endpoint, ::uv_loop_t* loop) : handles_(std::make_shared<Handles>()) {
    Handles::open(handles_, endpoint, loop);
  }
  Libuv(Libuv const&) = delete;
  Libuv& operator=(Libuv const&) = delete;
  ~Libuv() { handles_->end(); }

 private:
  /// Held by the tie, and by the loop until that has closed all of them.
  struct Handles {
    static void open(std::shared_ptr<Handles> const& self, Endpoint& endpoint, ::uv_loop_t* loop) {
      int const result = ::uv_async_init(loop, &self->bell,
                                         [](::uv_async_t* handle) noexcept { of(handle).ready(); });
      if (result != 0) {
        throw std::system_error(-result, std::generic_category(), "tincan: loop::Libuv");
      }
      ::uv_timer_init(loop, &self->alarm);
      ::uv_prepare_init(loop, &self->beforeSleep);
      self->bell.data = self->alarm.data = self->beforeSleep.data = self.get();
      self->ofLoop = self;
      try {
        self->tie.emplace(endpoint, [async = &self->bell] { ::uv_async_send(async); });
      } catch (...) {
        self->close();
        throw;
      }
      ::uv_prepare_start(&self->beforeSleep,
                         [](::uv_prepare_t* handle) noexcept { of(handle).prepare(); });
      // Only the first one keeps the loop running.
      ::uv_unref(reinterpret_cast<::uv_handle_t*>(&self->alarm));
      ::uv_unref(reinterpret_cast<::uv_handle_t*>(&self->beforeSleep));
    }
    void end() {
      if (!tie) return;
      tie.reset();
      close();
    }

   private:
    template <class Handle>
    static Handles& of(Handle* handle) noexcept {
      return *static_cast<Handles*>(handle->data);
    }
    void ready() {
      if (tie && tie->poll() && !tie->isOpen()) end();
    }
    void prepare() {
      if (!tie) return;
      if (!tie->isOpen()) return end();
      auto const deadline = tie->nextDeadline();
      if (!deadline) {
        if (armed) ::uv_timer_stop(&alarm);
      } else if (deadline != armed) {
        ::uv_update_time(alarm.loop);  // the timer counts from there
        auto const left = static_cast<std::uint64_t>(detail::LoopTie::millisecondsUntil(*deadline));
        ::uv_timer_start(
            &alarm, [](::uv_timer_t* handle) noexcept { of(handle).due(); }, left, 0);
      }
      armed = deadline;
    }
    void due() {
      armed.reset();
      ready();
    }
    void close() {
      auto const closed = [](::uv_handle_t* handle) noexcept {
        Handles& self = of(handle);
        if (--self.opened == 0) self.ofLoop.reset();
      };
      ::uv_close(reinterpret_cast<::uv_handle_t*>(&bell), closed);
      ::uv_close(reinterpret_cast<::uv_handle_t*>(&alarm), closed);
      ::uv_close(reinterpret_cast<::uv_handle_t*>(&beforeSleep), closed);
    }

    ::uv_async_t bell{};
    ::uv_timer_t alarm{};
    ::uv_prepare_t beforeSleep{};
    std::optional<detail::LoopTie::TimePoint> armed{};
    int opened = 3;
    std::shared_ptr<Handles> ofLoop{};
    std::optional<detail::LoopTie> tie{};
  };

  std::shared_ptr<Handles> const handles_;
};

}  // namespace tincan::inline abi0::loop

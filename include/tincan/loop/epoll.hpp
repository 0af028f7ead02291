// tincan/loop/epoll.hpp - an endpoint in a loop around epoll, poll or select
#pragma once

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <system_error>

#include <tincan/detail/base/narrowed.hpp>
#include <tincan/detail/loop/loop_tie.hpp>
#include <tincan/endpoint.hpp>

/// Ties of an endpoint to a loop that somebody else has written; each in a header of its own, which includes that of
/// the loop's library.
namespace tincan::inline abi0::loop {

/// Ties an endpoint to a loop that waits for file descriptors: epoll, poll, select, or any that builds on
/// them. fd() is readable when there is something to do: messages, or a timer that is due.
///
///   Threads   Made, used and ended on the endpoint's thread, which runs the loop.
///   Order     As poll() of the endpoint. At most a hundred messages at a time; fd() stays readable if more wait.
///   Lifetime  The endpoint has one tie at a time, and is not moved meanwhile. It, or its bus, may be closed or
///             end before; then fd() is readable once more. A listener may end this.
///   Errors    WrongThread, Closed; std::system_error if the process has no file descriptors left.
class Epoll {
 public:
  /// Opens three file descriptors, and takes the endpoint's onWake(). fd() is readable at once if something waits.
  explicit Epoll(Endpoint& endpoint)
      : bell_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
        alarm_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
        both_(::epoll_create1(EPOLL_CLOEXEC)),
        tie_(endpoint, [bell = bell_.number] { ::eventfd_write(bell, 1); }) {
    both_.watch(bell_);
    both_.watch(alarm_);
    update();
  }

  /// What to wait for until it is readable (POLLIN, EPOLLIN).
  int fd() const noexcept { return both_.number; }

  /// Handles what there is. To be called when fd() is readable; it does not block in any case.
  void ready() {
    bell_.forget();
    if (alarm_.forget()) armed_.reset();
    if (tie_.poll()) update();
  }

  /// Has fd() be readable when the next timer is due. To be called where a timer was made outside of the
  /// endpoint's listeners, or before each wait: it costs little.
  void update() {
    auto const deadline = tie_.nextDeadline();
    if (deadline == armed_) return;
    armed_ = deadline;
    ::itimerspec when{};
    if (deadline) {
      auto const since = deadline->time_since_epoch();
      std::int64_t const at = std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
      std::int64_t const moment = at > 0 ? at : 1;  // zero would disarm it
      constexpr std::int64_t Second = 1'000'000'000;
      when.it_value.tv_sec = detail::narrowed<decltype(when.it_value.tv_sec)>(moment / Second);
      when.it_value.tv_nsec = detail::narrowed<decltype(when.it_value.tv_nsec)>(moment % Second);
    }
    ::timerfd_settime(alarm_.number, TFD_TIMER_ABSTIME, &when, nullptr);
  }

 private:
  struct File {
    explicit File(int opened) : number(opened) {
      if (opened < 0)
        throw std::system_error(errno, std::generic_category(), "tincan: loop::Epoll");
    }
    File(File const&) = delete;
    File& operator=(File const&) = delete;
    ~File() { ::close(number); }

    void watch(File const& other) const {
      ::epoll_event event{};
      event.events = EPOLLIN;
      if (::epoll_ctl(number, EPOLL_CTL_ADD, other.number, &event) != 0) {
        throw std::system_error(errno, std::generic_category(), "tincan: loop::Epoll");
      }
    }
    /// Is not readable any more; true if it was.
    bool forget() const noexcept {
      ::eventfd_t count = 0;
      return ::eventfd_read(number, &count) == 0;
    }
    int const number;
  };

  File bell_, alarm_, both_;
  std::optional<detail::LoopTie::TimePoint> armed_{};
  detail::LoopTie tie_;  // ends first
};

}  // namespace tincan::inline abi0::loop

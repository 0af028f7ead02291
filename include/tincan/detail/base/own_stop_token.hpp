// tincan/detail/base/own_stop_token.hpp - the three classes of <stop_token>, for standard libraries without them
//
//   Threads   Any, as those of the standard library; one source or token object: one thread at a time.
//   Lifetime  The destructor of a callback waits while its function runs on another thread; the function itself may
//             destroy it.
#pragma once

#include <type_traits>
#include <utility>

#include <tincan/detail/base/stop_state.hpp>

namespace tincan::inline abi0::detail {

/// As std::nostopstate_t.
struct OwnNoStopState {
  explicit OwnNoStopState() = default;
};

template <class F>
class OwnStopCallback;

/// As std::stop_token.
class OwnStopToken {
 public:
  OwnStopToken() = default;

  [[nodiscard]] bool stop_requested() const noexcept { return state_.isRequested(); }
  [[nodiscard]] bool stop_possible() const noexcept { return state_.isPossible(); }
  void swap(OwnStopToken& other) noexcept { std::swap(state_, other.state_); }

  friend bool operator==(OwnStopToken const& a, OwnStopToken const& b) noexcept {
    return a.state_.get() == b.state_.get();
  }

 private:
  friend class OwnStopSource;
  template <class F>
  friend class OwnStopCallback;
  explicit OwnStopToken(StopStateHandle state) noexcept : state_(std::move(state)) {}

  StopStateHandle state_{};
};

/// As std::stop_source.
class OwnStopSource {
 public:
  /// Throws std::bad_alloc.
  OwnStopSource() : state_(new StopState) { state_.get()->addSource(); }
  explicit OwnStopSource(OwnNoStopState) noexcept {}
  OwnStopSource(OwnStopSource const& other) noexcept : state_(other.state_) {
    if (state_.get() != nullptr) state_.get()->addSource();
  }
  OwnStopSource(OwnStopSource&&) noexcept = default;
  OwnStopSource& operator=(OwnStopSource other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~OwnStopSource() {
    if (state_.get() != nullptr) state_.get()->dropSource();
  }

  [[nodiscard]] OwnStopToken get_token() const noexcept { return OwnStopToken(state_); }
  [[nodiscard]] bool stop_requested() const noexcept { return state_.isRequested(); }
  [[nodiscard]] bool stop_possible() const noexcept { return state_.get() != nullptr; }
  /// True if this is the request; the callbacks have been called then, on this thread.
  bool request_stop() noexcept { return state_.get() != nullptr && state_.get()->request(); }
  void swap(OwnStopSource& other) noexcept { std::swap(state_, other.state_); }

  friend bool operator==(OwnStopSource const& a, OwnStopSource const& b) noexcept {
    return a.state_.get() == b.state_.get();
  }

 private:
  StopStateHandle state_;
};

/// As std::stop_callback.
template <class F>
class [[nodiscard]] OwnStopCallback final : StopState::Link {
 public:
  template <class Function>
  requires std::is_constructible_v<F, Function>
  explicit OwnStopCallback(OwnStopToken token, Function&& function) noexcept(
      std::is_nothrow_constructible_v<F, Function>)
      : state_(std::move(token.state_)), function_(std::forward<Function>(function)) {
    if (state_.get() == nullptr || state_.get()->add(*this)) return;
    call();
  }
  ~OwnStopCallback() {
    if (state_.get() != nullptr) state_.get()->remove(*this);
  }

 private:
  void call() noexcept override { std::forward<F>(function_)(); }

  StopStateHandle state_;
  F function_;
};
template <class Function>
OwnStopCallback(OwnStopToken, Function) -> OwnStopCallback<Function>;

}  // namespace tincan::inline abi0::detail

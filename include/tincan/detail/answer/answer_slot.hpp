// tincan/detail/answer/answer_slot.hpp - where the answer to one request lands
//
// Slots are objects of the heap that are used again and again: each thread keeps a few. A slot
// belongs to the one who asked; if that one leaves before the answer, it belongs to the one who was
// to give it (see AnswerState).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <utility>

#include <tincan/detail/answer/answer_state.hpp>
#include <tincan/detail/answer/suspension.hpp>
#include <tincan/detail/base/box.hpp>
#include <tincan/error.hpp>

namespace tincan::inline v0::detail {

class Continuation;
class EndpointCore;

struct alignas(FalseSharingRange) AnswerSlot {
  enum class Kind : unsigned char { Value, Exception, Failure };

  // The line that travels with the answer.
  AnswerState<ThreadPlatform> state;
  Kind kind = Kind::Value;
  std::uint8_t failureCode = 0;  // if kind is Failure
  Box box;                       // the value, or an exception_ptr
  std::uint64_t clock = 0;       // of the one who answered

  // What the one who asked has left behind.
  alignas(FalseSharingRange) Errc abandonedFor{};  // Timeout, Cancelled, ...
  Nanoseconds deadline = NoDeadline;               // written before the request is sent
  AnswerSlot* nextFree = nullptr;
  Continuation* continuation = nullptr;       // of the thread of continuesAt; null: forgone
  std::shared_ptr<EndpointCore> continuesAt;  // before the state says Elsewhere
  std::stop_source stop{std::nostopstate};    // the giver's, before the state says Stoppable
  AnsweringTask<ThreadPlatform> answeredBy{nullptr};  // the giver's; null again before the answer

  void setFailure(Errc code) noexcept {
    kind = Kind::Failure;
    failureCode = static_cast<std::uint8_t>(code);
  }
  Errc failure() const noexcept { return static_cast<Errc>(failureCode); }
};
static_assert(sizeof(AnswerSlot) == 2 * FalseSharingRange, "one line travels, the other one stays");
static_assert(offsetof(AnswerSlot, clock) + sizeof(std::uint64_t) <= CacheLine);

/// A thread's slots that are not in use. Keeps none before begin() and after end(): somebody must
/// be there to free them with the thread.
///
/// The one that was given last stays as it is until tidy(), which is called when the next request is
/// on its way: to write to its line, which the answer has just brought from another core, takes as
/// long as a message between the cores, and what is sent afterwards would have to wait for it.
class AnswerPool {
 public:
  AnswerPool() = default;
  AnswerPool(AnswerPool const&) = delete;
  AnswerPool& operator=(AnswerPool const&) = delete;

  AnswerSlot* take() {
    if (free_ == nullptr) return new AnswerSlot;
    --count_;
    return std::exchange(free_, free_->nextFree);
  }

  void give(AnswerSlot* slot) noexcept {
    slot->box.clearUnlessTrivial();
    if (slot->continuesAt != nullptr || slot->stop.stop_possible()) [[unlikely]] {
      slot->continuesAt.reset();
      slot->stop = std::stop_source(std::nostopstate);
    }
    tidy();
    if (count_ == Most) {
      delete slot;
      return;
    }
    used_ = slot;
    ++count_;
  }

  void tidy() noexcept {
    if (used_ == nullptr) return;
    used_->box.clear();
    used_->state.reset();
    used_->nextFree = std::exchange(free_, used_);
    used_ = nullptr;
  }

  void begin() noexcept { count_ = 0; }
  void end() noexcept {
    tidy();
    while (free_ != nullptr) delete std::exchange(free_, free_->nextFree);
    count_ = Most;
  }

 private:
  static constexpr unsigned Most = 256;

  AnswerSlot* free_ = nullptr;
  AnswerSlot* used_ = nullptr;  // not tidy yet
  unsigned count_ = Most;
};

}  // namespace tincan::inline v0::detail

// tincan/detail/answer/answer_pool.hpp - a thread's answer slots that are not in use
#pragma once

#include <utility>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/stop_token.hpp>

namespace tincan::inline abi0::detail {

/// Keeps slots for the next requests of a thread. None before begin() and after end(): somebody must be
/// there to free them with the thread.
///
/// The slot that was given last stays as it is until tidy(), which is called when the next request is
/// on its way: to write to its line, which the answer has just brought from another core, takes as
/// long as a message between the cores, and what is sent afterwards would have to wait for it.
///
///   Threads   One. A slot may come back to another pool than it was taken from.
///   Progress  take() allocates if the pool is empty.
class AnswerPool {
 public:
  AnswerPool() = default;
  AnswerPool(AnswerPool const&) = delete;
  AnswerPool& operator=(AnswerPool const&) = delete;

  /// Throws std::bad_alloc.
  [[nodiscard]] AnswerSlot* take() {
    if (free_ == nullptr) [[unlikely]]
      return make();
    --count_;
    return std::exchange(free_, free_->nextFree);
  }

  /// Takes a slot back, whose value stays if it needs no end.
  [[gnu::always_inline]] void give(AnswerSlot* slot) noexcept {
    slot->box.clearUnlessTrivial();
    giveWithout(slot);
  }
  /// Takes a slot back, whose value needs no end.
  [[gnu::always_inline]] void giveWithout(AnswerSlot* slot) noexcept {
    bool const isUsual = used_ == nullptr && count_ != Most && slot->continuesAt == nullptr &&
                         !slot->stop.stop_possible();
    if (!isUsual) [[unlikely]]
      return giveAnyhow(slot);
    used_ = slot;
    ++count_;
  }

  /// Makes the slot that was given last ready for its next use.
  void tidy() noexcept {
    if (used_ == nullptr) return;
    used_->box.clear();
    used_->state.reset();
    used_->nextFree = std::exchange(free_, used_);
    used_ = nullptr;
  }

  /// Begins to keep slots.
  void begin() noexcept { count_ = 0; }
  /// Frees the slots that are kept, and from now on each at once.
  void end() noexcept;

 private:
  static constexpr unsigned Most = 256;

  static AnswerSlot* make();
  void giveAnyhow(AnswerSlot* slot) noexcept;

  AnswerSlot* free_ = nullptr;
  AnswerSlot* used_ = nullptr;  // not tidy yet
  unsigned count_ = Most;       // of those that are kept
};

}  // namespace tincan::inline abi0::detail

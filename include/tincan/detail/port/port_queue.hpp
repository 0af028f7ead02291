// tincan/detail/port/port_queue.hpp - messages that wait at a port
#pragma once

#include <utility>

#include <tincan/detail/base/owned.hpp>

namespace tincan::inline abi0::detail {

/// Messages in a row, linked by themselves.
///
///   Threads   One at a time.
///   Progress  Nothing allocates.
///   Lifetime  Holds them; its end destroys them one after another.
template <class Message>
class PortQueue {
 public:
  PortQueue() noexcept = default;
  PortQueue(PortQueue&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)), last_(std::exchange(other.last_, nullptr)) {}
  PortQueue(PortQueue const&) = delete;
  PortQueue& operator=(PortQueue const&) = delete;
  PortQueue& operator=(PortQueue&& other) noexcept {
    std::swap(first_, other.first_);
    std::swap(last_, other.last_);
    return *this;
  }
  ~PortQueue() {
    while (pop() != nullptr) {
    }
  }

  Message* first() const noexcept { return first_; }

  void push(Owned<Message> message) noexcept {
    Message* const added = message.release();
    added->next = nullptr;
    (first_ == nullptr ? first_ : last_->next) = added;
    last_ = added;
  }
  /// The first one; null: there is none.
  Owned<Message> pop() noexcept {
    Owned<Message> popped(first_);
    if (popped != nullptr) first_ = std::exchange(popped->next, nullptr);
    return popped;
  }
  /// Puts those of the other one behind these.
  void append(PortQueue&& other) noexcept {
    if (other.first_ == nullptr) return;
    (first_ == nullptr ? first_ : last_->next) = other.first_;
    last_ = std::exchange(other.last_, nullptr);
    other.first_ = nullptr;
  }

 private:
  Message* first_ = nullptr;
  Message* last_ = nullptr;  // if there is a first one
};

}  // namespace tincan::inline abi0::detail

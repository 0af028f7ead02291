// tincan/detail/request/responder.hpp - answers the message that is being handled
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/answer/suspension.hpp>
#include <tincan/detail/base/box.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/request/publish_answer.hpp>
#include <tincan/detail/request/shared_responder.hpp>
#include <tincan/error.hpp>
#include <tincan/stop_token.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0::detail {

/// The answer to the message that is being handled.
///
///   Threads   The endpoint's. What share() and stopToken() give out: any.
///   Progress  An answer that is given here takes no lock and no memory, but for what the value needs.
///   Lifetime  On the stack of the one who calls the listeners or the handler.
class Responder {
 public:
  Responder(AnswerSlot* slot, EndpointCore& endpoint) noexcept : slot_(slot), endpoint_(endpoint) {}
  Responder(Responder const&) = delete;
  Responder& operator=(Responder const&) = delete;

  EndpointCore& endpoint() const noexcept { return endpoint_; }

  /// Takes over what the other one was to answer.
  void takeOver(Responder& other) noexcept {
    slot_ = std::exchange(other.slot_, nullptr);
    if (other.shared_ != nullptr) shared_ = std::move(other.shared_);
  }
  /// Answers what the other one has shared, too.
  void join(Responder const& other) noexcept { shared_ = other.shared_; }

  /// Answers with the value. False if there was an answer, or nobody waits for one. What the value's
  /// constructors throw, leaves.
  template <class T>
  [[gnu::always_inline]] bool give(T&& value) {
    // Where no code of the user's runs, which might answer.
    if constexpr (std::is_nothrow_constructible_v<Travels<T>, T> && IsMadeQuietly<Travels<T>, T>) {
      if (slot_ != nullptr) [[likely]] {
        detail::fillAnswer(slot_->box, static_cast<T&&>(value));
        return publishFilled();
      }
    }
    return giveMade(static_cast<T&&>(value));
  }
  /// Answers with nothing, as a void handler does.
  bool giveNothing() noexcept { return giveBox(Box()); }

  /// Answers with the exception, if there was no answer.
  void fail(std::exception_ptr exception) noexcept;

  /// Answers with a failure if nobody has answered or promised to; called after all who may answer.
  [[gnu::always_inline]] void fail(Errc failure) noexcept {
    if (slot_ == nullptr) return noteAllCalled();
    answerFailure(std::exchange(slot_, nullptr), endpoint_, failure);
  }

  /// Takes the memory for share(), which then cannot fail. Throws std::bad_alloc, and then nothing has
  /// happened.
  void reserve(EndpointCore* requester);

  /// Gives out the answer, for later and for any thread, until leftHere(); null if none is wanted any more. The
  /// requester does not wait for the endpoint from now on. Throws std::bad_alloc.
  std::shared_ptr<SharedResponder> const& share(EndpointCore* requester = nullptr);
  /// Learns that all who may answer have been called.
  void noteAllCalled() noexcept {
    if (shared_ != nullptr) [[unlikely]]
      shared_->noteAllCalled();
  }

  /// True if somebody can still get the answer. If nobody can, none that is given later wins. `requester`:
  /// null if it is not known.
  bool isAwaited(EndpointCore const* requester) noexcept;

  /// See SharedResponder::stopToken().
  StopToken stopToken(EndpointCore* requester);

 protected:
  /// What others may answer as well; null: nobody else may, or nobody waits.
  SharedResponder* shared() const noexcept { return shared_.get(); }
  /// Lets other threads answer as well, from now on.
  void makeShared(EndpointCore* requester);

 private:
  /// Answers with a value that is made first: that may throw, and may come back here with another one.
  template <class T>
  [[gnu::noinline]] bool giveMade(T&& value) {
    Box box;
    detail::fillAnswer(box, static_cast<T&&>(value));
    return giveBox(static_cast<Box&&>(box));
  }

  /// Hands over the value that was put into the slot.
  bool publishFilled() noexcept;

  bool giveBox(Box&& box) noexcept;

  AnswerSlot* slot_;
  EndpointCore& endpoint_;
  std::shared_ptr<SharedResponder> shared_{};
};

/// What a Task is to answer.
///
///   Lifetime  With all that the Task uses.
class TaskResponder final : public Responder {
 public:
  using Responder::Responder;
  ~TaskResponder();

  /// Says that the requester waits for the Task from now on, which is suspended. Throws std::bad_alloc.
  void handOn(EndpointCore* requester, Suspension<ThreadPlatform>* task);
  /// Learns that the Task is over, and the answer comes next, if it does.
  void noteTaskOver() noexcept;

 private:
  enum class Stage : std::uint8_t { Own, HandedOn, TaskIsOver };

  SharedResponder::Answerer answerer_;
  Stage stage_ = Stage::Own;
};

}  // namespace tincan::inline abi0::detail

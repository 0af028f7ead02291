// tincan/detail/request/pending_request.hpp - the requester's side of a request
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/answer/answer_state.hpp>
#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/base/box.hpp>
#include <tincan/detail/base/type_info.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/thread/this_thread.hpp>
#include <tincan/detail/thread/wait_end.hpp>
#include <tincan/error.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0::detail {

/// True for an R that is taken out of an answer as it is: not for a Value, which takes any.
template <class R>
inline constexpr bool ComesAsItIs = !std::is_reference_v<R> && !std::is_same_v<R, Value>;

/// Does not compile if no answer can be an R.
template <class R>
consteval bool assertMayBeAsked() {
  static_assert(!std::is_reference_v<R>,
                "tincan: an answer is moved to the one who asked: R is no reference.");
  static_assert(std::is_void_v<R> || std::is_same_v<Travels<R>, std::remove_cv_t<R>>,
                "tincan: text arrives as std::string: ask for that.");
  return true;
}

/// True for an R to which an answer of another type may be converted, or that takes any.
template <class R>
inline constexpr bool MayConvertTo =
    Arithmetic<R> || std::is_void_v<R> || std::is_reference_v<R> || std::is_same_v<R, Value>;

/// The slot of one request, until its answer is taken out or the requester leaves.
///
///   Threads   The requester's; moved to another thread, that one.
///   Order     What the responder knew of when it answered, this thread knows of after look() or take().
///   Errors    The constructor throws std::bad_alloc.
class PendingRequest {
 public:
  /// None.
  PendingRequest() noexcept = default;
  PendingRequest(ThreadState& thread, Nanoseconds deadline) {
    if (thread.token == nullptr) [[unlikely]]
      thisToken();  // the thread's end frees what its pool keeps
    slot_ = thread.answers.take();
    slot_->kind = AnswerSlot::Kind::Value;
    slot_->deadline = deadline;
  }
  PendingRequest(PendingRequest&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
  PendingRequest(PendingRequest const&) = delete;
  PendingRequest& operator=(PendingRequest const&) = delete;
  PendingRequest& operator=(PendingRequest&& other) noexcept {
    std::swap(slot_, other.slot_);
    return *this;
  }
  /// Gives the slot back: by then the answer is there, or nobody else has it.
  [[gnu::always_inline]] ~PendingRequest() {
    if (slot_ != nullptr) [[unlikely]]
      giveBack();
  }

  AnswerSlot& slot() const noexcept { return *slot_; }
  AnswerState<ThreadPlatform>& state() const noexcept { return slot_->state; }
  bool hasSlot() const noexcept { return slot_ != nullptr; }

  /// Leaves the slot to the responder. False if there is an answer already: then it is still here.
  [[nodiscard]] bool abandon(EndpointCore& receiver, Errc reason) noexcept;

  /// Has the answer come to the continuation, on the endpoint's thread, which is this one. False if
  /// it is there already: then the continuation will not be called.
  [[nodiscard]] bool continueAt(EndpointCore& endpoint, Continuation& continuation);
  /// Makes this thread know what the responder knew. The answer is there.
  void look() const noexcept { learnFrom(*slot_); }

  /// Learns that the continuation has been called with the answer.
  void arrived() noexcept;
  /// True if a continuation is to be called with the answer.
  bool isElsewhere() const noexcept { return slot_->continuesAt != nullptr; }

  /// Settles a wait that ended so: the answer is there, or this throws why not. `cycle` is for
  /// Deadlock.
  void settle(WaitEnd end, std::string const& cycle, EndpointCore& receiver,
              std::string_view channel);

  /// The answer, which is there, as an R.
  template <class R>
  [[gnu::always_inline]] R take(std::string_view channel, EndpointCore const& receiver) {
    if constexpr (ComesAsItIs<R>) {
      if (holds<R>()) [[likely]]
        return takeHeld<R>();
    }
    return takeAnyhow<R>(channel, receiver);
  }
  template <class R>
  [[gnu::noinline]] R takeAnyhow(std::string_view channel, EndpointCore const& receiver) {
    static_assert(detail::assertMayBeAsked<R>());
    PendingRequest end(std::move(*this));
    Box& box = end.expectValue(channel, receiver);
    if constexpr (std::is_void_v<R>) {
      return;
    } else if constexpr (std::is_same_v<R, Value>) {
      Value value;
      ValueAccess::box(value) = std::move(box);
      return value;
    } else {
      if constexpr (Arithmetic<R>) {
        if (!box.is(typeInfo<R>)) {
          if (std::optional<R> const converted = box.converted<R>()) return *converted;
        }
      }
      expect(box, typeInfo<R>, channel, receiver);
      return end.takeOut<R>();
    }
  }
  /// The answer, which was found to be an R, maybe of another module.
  template <class R>
  [[gnu::always_inline]] R takeOut() {
    return R(static_cast<R&&>(*static_cast<R*>(slot_->box.address())));
  }

  /// Learns what the responder knew, and returns where the answer lies. Throws what that is if it is no value.
  Box& expectValue(std::string_view channel, EndpointCore const& receiver) const;
  /// Throws TypeMismatch if the answer is not of that type.
  static void expect(Box const& box, TypeInfo const& wanted, std::string_view channel,
                     EndpointCore const& receiver);

  /// True if the answer, which is there, is exactly an R.
  template <class R>
  [[gnu::always_inline]] bool holds() const noexcept {
    if constexpr (std::is_void_v<R>) return slot_->kind == AnswerSlot::Kind::Value;
    else return slot_->kind == AnswerSlot::Kind::Value && slot_->box.holds<R>();
  }
  /// The answer, if holds<R>().
  template <class R>
  [[gnu::always_inline]] R takeHeld() {
    if constexpr (std::is_void_v<R>) {
      SlotEnd const end(std::exchange(slot_, nullptr));
    } else if constexpr (NeedsNoEnd<R>) {
      AnswerSlot* const slot = std::exchange(slot_, nullptr);
      ThreadState& thread = learnFrom(*slot);
      R value(static_cast<R&&>(slot->box.held<R>()));
      thread.answers.giveWithout(slot);
      return value;
    } else {
      SlotEnd const end(std::exchange(slot_, nullptr));
      return R(static_cast<R&&>(end.slot.box.held<R>()));
    }
  }

  /// The reason why a wait that ended so brings no answer.
  static Errc reasonOf(WaitEnd end) noexcept;

 private:
  /// Gives up an answer that is on its way here.
  void forgo(EndpointCore& receiver) noexcept;

  /// Makes this thread, which is returned, know what the responder knew.
  [[gnu::always_inline]] static ThreadState& learnFrom(AnswerSlot const& slot) noexcept {
    ThreadState& thread = threadState();
    if (slot.clock > thread.clock) thread.clock = slot.clock;
    return thread;
  }

  /// Learns what the responder knew, and gives the slot back at its own end.
  struct SlotEnd {
    [[gnu::always_inline]] explicit SlotEnd(AnswerSlot* taken) noexcept
        : thread(learnFrom(*taken)), slot(*taken) {}
    [[gnu::always_inline]] ~SlotEnd() { thread.answers.give(&slot); }
    SlotEnd(SlotEnd const&) = delete;
    SlotEnd& operator=(SlotEnd const&) = delete;

    ThreadState& thread;
    AnswerSlot& slot;
  };

  void giveBack() noexcept;

  AnswerSlot* slot_ = nullptr;
};

/// Leaves the slot of a request that is visible to the responder, unless its wait has ended.
///
///   Threads   The requester's.
class AbandonUnlessWaited {
 public:
  AbandonUnlessWaited(PendingRequest& pending, EndpointCore& receiver) noexcept
      : pending_(pending), receiver_(receiver) {}
  ~AbandonUnlessWaited() {
    if (!hasWaited_) [[unlikely]]
      static_cast<void>(pending_.abandon(receiver_, Errc::Cancelled));  // or the answer was in time
  }
  AbandonUnlessWaited(AbandonUnlessWaited const&) = delete;
  AbandonUnlessWaited& operator=(AbandonUnlessWaited const&) = delete;

  void noteWait() noexcept { hasWaited_ = true; }

 private:
  PendingRequest& pending_;
  EndpointCore& receiver_;
  bool hasWaited_ = false;
};

}  // namespace tincan::inline abi0::detail

// tincan/detail/drive/driver.hpp - what runs a bus instead of threads
//
// A bus in production has no driver: its endpoints run on the threads that poll them, and nothing
// here is asked. The simulation of tincan/testing.hpp gives its bus one, before the bus has any
// endpoint. The way to it is always a slow path of production: lanes of such a bus are never listed,
// its endpoints are never simply open, each belongs to a token that no thread has by itself.
//
//   Threads   Whichever the driver runs: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/detail/answer/answer_state.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/error.hpp>

namespace tincan::inline v0 {
struct InboxOptions;
}

namespace tincan::inline v0::detail {

class BusCore;
class EndpointCore;
struct AnswerSlot;
struct MessageLane;
struct PostedFunction;

/// A callable, for as long as the call lasts that it is an argument of.
template <class Signature>
class FunctionRef;
template <class R, class... A>
class FunctionRef<R(A...)> {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>)
      // NOLINTNEXTLINE(google-explicit-constructor): a lambda is passed as it is.
      FunctionRef(F&& function)
  noexcept
      : object_(const_cast<void*>(static_cast<void const*>(std::addressof(function)))),
        call_([](void* object, A... arguments) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<A>(arguments)...);
        }) {}

  R operator()(A... arguments) const { return call_(object_, std::forward<A>(arguments)...); }

 private:
  void* object_;
  R (*call_)(void*, A...);
};

/// A wait that blocks, as the driver sees it.
struct BlockedWait {
  EndpointCore& sender;  // in whose name
  EndpointCore& target;  // for whom
  std::string_view verb, channel;
  Nanoseconds deadline;
};

/// What a driver keeps for an endpoint, and for a lane.
struct DrivenEndpoint {
 protected:
  ~DrivenEndpoint() = default;
};
struct DrivenLane {
 protected:
  ~DrivenLane() = default;
};

class Driver {
 public:
  Driver() = default;
  Driver(Driver const&) = delete;
  Driver& operator=(Driver const&) = delete;

  virtual Nanoseconds now() const noexcept = 0;

  // ---- who is there ----

  /// In the place of std::make_shared.
  virtual std::shared_ptr<EndpointCore> makeEndpoint(std::shared_ptr<BusCore> bus, std::string name,
                                                     std::uint64_t id,
                                                     InboxOptions const& options) = 0;
  virtual std::shared_ptr<MessageLane> makeLane(std::shared_ptr<EndpointCore> from,
                                                std::shared_ptr<EndpointCore> to) = 0;

  /// A new endpoint, or nobody in the name of a thread.
  virtual void added(std::shared_ptr<EndpointCore> const& core) = 0;
  virtual void closed(EndpointCore& core) noexcept = 0;
  virtual void laneMade(std::shared_ptr<MessageLane> const& lane) = 0;
  /// Throws WrongThread if the calling thread is none that the driver runs.
  virtual void checkCaller() const = 0;
  /// Whether what runs now may use the endpoint's own functions.
  virtual bool mayUse(EndpointCore const& core) const noexcept = 0;
  /// Whether the endpoint's end is in none of its own handlers.
  virtual bool mayLeave(EndpointCore const& core) const noexcept = 0;

  /// What the calling code looks at or changes, besides messages; for the order of steps.
  enum class Touch {
    Life,      // whether an endpoint is open
    Endpoints  // who is there
  };
  virtual void looked(Touch at, EndpointCore const* core) noexcept = 0;
  /// A message to a limited inbox makes or finds room.
  virtual void looksForRoom(MessageLane& lane) noexcept = 0;

  /// The next dead letter is a message that was refused, and has never been in a lane.
  virtual void refuses() noexcept = 0;
  virtual void deadLetter(Errc reason, std::string_view channel, std::string_view from,
                          std::string_view to) noexcept = 0;

  // ---- what happens ----

  /// After a publish(). True if the inbox has turned from empty to not empty.
  virtual bool pushed(MessageLane& lane) = 0;
  virtual bool hasMessages(EndpointCore const& core) const noexcept = 0;
  /// The body of a renderer, to be run as a thread would.
  virtual void start(EndpointCore& core, std::unique_ptr<PostedFunction> body) = 0;

  enum class Pump { Run, Poll };
  /// Messages to the endpoint are handled until isOver(how many); with Poll also until there are
  /// none. How many.
  virtual std::size_t pump(EndpointCore& core, Pump how, FunctionRef<bool(std::size_t)> isOver) = 0;

  /// One more wait begins: how many there have been.
  virtual std::uint64_t countWait(EndpointCore const& sender,
                                  EndpointCore const& target) noexcept = 0;
  /// A wait has closed a circle, and ends.
  virtual void circleClosed(EndpointCore const& sender, EndpointCore const& target) = 0;
  /// Returns once isOver(); or why that will never be, a sentence.
  virtual std::string wait(BlockedWait const& blocked, AnswerState<ThreadPlatform>& state,
                           FunctionRef<bool()> isOver) = 0;

  /// An answer is about to be published by another one than the endpoint that was asked.
  virtual void answers(AnswerSlot const& slot) noexcept = 0;
  /// For whoever answers it makes a difference now whether somebody still waits.
  virtual void looksAtAsker(AnswerSlot const& slot) noexcept = 0;
  /// For whoever asked it makes a difference now whether the answer is there.
  virtual void looksForAnswer(AnswerSlot const& slot) noexcept = 0;
  /// An answer has been taken.
  virtual void tookAnswer(AnswerSlot const& slot, EndpointCore& asked) noexcept = 0;

  /// Of a wait that has failed: throws what has ended the run, if that is the reason.
  virtual void throwIfEnded() = 0;
  /// An exception that would go to onError. True: it was meant for the driver.
  virtual bool takesException(std::exception_ptr const& exception, bool isHooked) noexcept = 0;

 protected:
  ~Driver() = default;
};

}  // namespace tincan::inline v0::detail

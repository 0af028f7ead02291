// tincan/detail/drive/executor.hpp - runs the endpoints of a bus instead of threads
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include <tincan/detail/answer/answer_state.hpp>
#include <tincan/detail/base/function_ref.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/base/row.hpp>

namespace tincan::inline abi0::detail {

class EndpointCore;
struct MessageLane;
struct PostedFunction;

/// A wait that blocks, as the executor sees it.
struct BlockedWait {
  EndpointCore& sender;  // in whose name the code waits
  EndpointCore& target;  // whose answer it waits for
  std::string_view verb, channel;
  Nanoseconds deadline;
};

/// Some endpoints, in a row.
struct EndpointRow {
  EndpointCore* const* first = nullptr;
  std::size_t count = 0;
};

/// Decides when the code of a bus runs, and what time it is.
///
///   Threads   Those that the executor runs, one at a time.
class Executor {
 public:
  Executor() = default;
  Executor(Executor const&) = delete;
  Executor& operator=(Executor const&) = delete;

  /// The bus's time.
  virtual Nanoseconds now() const noexcept = 0;

  /// Takes the body of a renderer, to run it as a thread would.
  virtual void start(EndpointCore& core, Owned<PostedFunction> body) = 0;

  /// Learns of each cell that was published in the lane. True if it is to wake the receiver, who has armed its inbox.
  virtual bool pushed(MessageLane& lane) = 0;
  /// Has the next message wake the endpoint. False if there is a message already.
  [[nodiscard]] virtual bool arm(EndpointCore& core) = 0;

  /// Whether a look for an endpoint by its name is to find a closed one: the driver has ended all of them, and code that
  /// only goes on to end relies on finding it.
  virtual bool findsClosed() noexcept = 0;

  enum class Pump {
    Run,
    Poll,  // ends also when there are none
    Rest,  // as Poll; all that there are were there before
    Timers,  // as Poll; but for those that timers have made which had run when a run() was told to quit
  };
  /// Handles the endpoint's messages, and those of the others, which the same thread runs, until isOver(how many):
  /// that it will be at `deadline` at the latest. Returns how many there were at the first one.
  virtual std::size_t pump(EndpointCore& core, Pump how, FunctionRef<bool(std::size_t)> isOver,
                           Nanoseconds deadline = NoDeadline, EndpointRow others = {}) = 0;

  /// The code that runs is about to look at what others change, or to change what others see: they may run
  /// first. Nobody holds a lock.
  virtual void mayInterrupt() noexcept = 0;

  /// Calls clear(lane) for each of the lanes of an endpoint that ends. On threads they are cleared in the order in which
  /// they were made, which depends on who was the first to send.
  virtual void clearLanes(Row<std::shared_ptr<MessageLane>> const& lanes,
                          FunctionRef<void(MessageLane&)> clear) = 0;

  /// Learns that the code polls an endpoint that is closed. May throw, to end code that does so on and on.
  virtual void pollsClosed(EndpointCore& core) = 0;

  /// Runs others until isOver(), then returns an empty text; or a sentence that says why isOver()
  /// would never hold.
  virtual std::string wait(BlockedWait const& blocked, AnswerState<ThreadPlatform>& state,
                           FunctionRef<bool()> isOver) = 0;

  /// Throws what has ended the run, if that is why the wait of the calling code has failed.
  virtual void throwIfEnded() = 0;
  /// Takes an exception that would go to onError; `isHooked`: a hook is set there. True if it was
  /// meant for the executor, and onError is not to see it.
  virtual bool takesException(std::exception_ptr const& exception, bool isHooked) noexcept = 0;

 protected:
  ~Executor() = default;
};

}  // namespace tincan::inline abi0::detail

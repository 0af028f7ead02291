// tincan/detail/drive/effect_log.hpp - learns what a step reads and changes, besides messages
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tincan/detail/base/function_ref.hpp>
#include <tincan/detail/drive/tap.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

class EndpointCore;
struct AnswerSlot;
struct MessageLane;

/// Notes what the code that runs now looks at or changes. Two steps of a simulation whose notes do not
/// conflict may come in either order. Production reaches it by endpoint/effects.hpp.
///
///   Threads   Those that the executor runs, one at a time.
class EffectLog {
 public:
  EffectLog() = default;
  EffectLog(EffectLog const&) = delete;
  EffectLog& operator=(EffectLog const&) = delete;

  /// The code looks whether that endpoint is open, for that alone, or beside something else that it looks at.
  enum class LifeLook { Alone, Beside };
  virtual void looksAtLife(EndpointCore const& core, LifeLook how) noexcept = 0;
  /// That endpoint closes now.
  virtual void closes(EndpointCore const& core) noexcept = 0;
  /// The endpoint, which is closed, answers now what others have not answered for it.
  virtual void answersForOthers(EndpointCore const& core) noexcept = 0;
  /// The code looks who is on the bus.
  virtual void looksAtEndpoints() noexcept = 0;
  /// The code knows that the thread of that endpoint has ended: it has joined it.
  virtual void hasJoined(EndpointCore const& core) noexcept = 0;
  /// The code looks at counts that change with all that happens.
  virtual void looksAtCounts() noexcept = 0;
  /// A hook of the bus, or the one that wakes an endpoint, is about to be called or replaced, or would be called if there
  /// were one.
  enum class BusHook : std::uint8_t { Error, DeadLetter, HighWater, Wake };
  enum class HookUse : std::uint8_t { Calls, Misses, Replaces };
  virtual void usesHook(BusHook hook, HookUse use) noexcept = 0;
  /// From now on messages to that endpoint call another hook of onWake().
  virtual void changesWhoWakes(EndpointCore const& core) noexcept = 0;
  /// A message to a limited inbox makes room, or looks for it.
  virtual void looksForRoom(MessageLane& lane) noexcept = 0;

  /// The code ends what nobody will handle, and learns of it: the cell with that stamp.
  virtual void discards(MessageLane& lane, std::uint64_t stamp) noexcept = 0;
  /// The next dead letter is a message that was refused, and has never been in a lane.
  virtual void refuses() noexcept = 0;
  virtual void deadLetter(Errc reason, std::string_view channel, std::string_view from,
                          std::string_view to) noexcept = 0;
  /// The dead letter is one that somebody should have heard, and no hook has been told of it; `what` says why in a
  /// sentence.
  virtual void unheard(Errc reason, std::string_view channel, std::string_view from,
                       std::string const& what) = 0;

  /// One more wait begins. Returns how many there have been.
  virtual std::uint64_t waitBegins(EndpointCore const& sender,
                                   EndpointCore const& target) noexcept = 0;
  /// Waits for that endpoint are from now on waits for what a Task of its waits for.
  virtual void suspends(EndpointCore const& core) noexcept = 0;
  /// The wait of that sender for that target has closed a cycle of waits, and ends.
  virtual void cycleClosed(EndpointCore const& sender, EndpointCore const& target) = 0;

  /// The code makes the two ports of a channel. Returns a number for them.
  virtual std::uint64_t makesPorts() noexcept = 0;
  enum class PortUse : std::uint8_t {
    Adds,    // a message to those that wait at the end; or takes one
    Changes  // where it is, or whether it is open
  };
  /// The code posts at a port, or closes one, in the name of that sender; null: of the endpoint that runs. Returns a
  /// number for what it so sends.
  virtual std::uint64_t postsAtPort(EndpointCore const* sender) noexcept = 0;
  /// The next cell that is pushed is a ticket of that end of two ports, of whatever address: for what was posted with
  /// that number, and has waited there, or else for what is posted now.
  virtual void bringsWaiting(void const* end, std::uint64_t posted) noexcept = 0;
  virtual void bringsPosted(void const* end) noexcept = 0;
  /// The code uses one end of the ports with that number; 0: it is not known which.
  virtual void usesPort(std::uint64_t ports, unsigned end, PortUse use) noexcept = 0;

  /// The code makes an object that endpoints share besides their messages. Returns a number for it.
  virtual std::uint64_t makesShared() noexcept = 0;
  /// The code uses the object with that number; 0: it is not known which. May throw, to end code that does so on and on.
  virtual void usesShared(std::uint64_t object, bool changes) = 0;
  /// The code has used that object, which is now as text() says; that is called only if somebody shows it.
  using Text = FunctionRef<std::string()>;
  virtual void hasUsedShared(std::uint64_t object, bool changes, Text text) = 0;

  /// One of several who may answer is the first to do so, maybe for the endpoint that was asked. Returns a number for
  /// this answer.
  virtual std::uint64_t answers(EndpointCore const& responder, AnswerSlot const& slot) noexcept = 0;
  /// One of those who may answer for that endpoint goes without an answer. If he is the last of them, the answer is that
  /// there is none, unless the endpoint is just closed and answers itself.
  virtual void leaves(EndpointCore const& responder, AnswerSlot const& slot,
                      bool isLast) noexcept = 0;
  /// The code finds that the answer with that number has been given.
  virtual void findsAnswer(std::uint64_t answer) noexcept = 0;
  /// The answer is about to be published, unless the requester does not wait any more.
  virtual void publishes(AnswerSlot const& slot, EndpointCore const& responder) noexcept = 0;
  /// Whether the requester still waits makes a difference to the responder now.
  virtual void looksAtRequester(AnswerSlot const& slot) noexcept = 0;
  /// Whether the answer is there makes a difference to the requester now.
  virtual void looksForAnswer(AnswerSlot const& slot) noexcept = 0;
  /// The requester gives up, unless the answer is there.
  virtual void givesUp(AnswerSlot const& slot) noexcept = 0;
  /// The code of an endpoint has looked at something of another one.
  virtual void looked(EndpointCore const& by, EndpointCore const& at, LookedAt what,
                      bool isSo) noexcept = 0;
  /// A wait or a run of that endpoint has ended because its deadline has passed, or a timer runs.
  virtual void deadlinePassed(EndpointCore const& at, bool isTimer) noexcept = 0;
  /// The requester has found that the answer of the endpoint that was asked is there, or has taken it.
  virtual void tookAnswer(AnswerSlot const& slot, EndpointCore& asked) noexcept = 0;

 protected:
  ~EffectLog() = default;
};

}  // namespace tincan::inline abi0::detail

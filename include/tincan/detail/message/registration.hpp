// tincan/detail/message/registration.hpp - a listener or a handler in a table
//
//   Threads   The endpoint's, but for what its lock guards.
//   Lifetime  Shared: whoever calls it holds it, so that it may be removed meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <tincan/detail/base/shares_itself.hpp>
#include <tincan/detail/message/arguments.hpp>

namespace tincan::inline abi0 {
class Event;
}  // namespace tincan::inline abi0

namespace tincan::inline abi0::detail {

struct ChannelEntry;
struct Invocation;
struct MessageCell;
struct MessageLane;

/// What is known of a user's function that a registration calls.
struct FunctionOps {
  ArgumentsOps const* exact;  // the arguments that need no fitting; null: it takes any
  std::uint64_t
      mutableParameters;  // bit i: the parameter i is a T&, and takes nothing that is made
  std::size_t size;
  std::size_t alignment;
  void (*move)(void* from, void* to);  // makes it of the user's; null if its bytes are all of it
  void (*destroy)(void* function) noexcept;  // null if there is nothing to do
  // Holds the object whose end ends it, or returns null if that has ended; null if there is none.
  std::shared_ptr<void const> (*object)(void const* function) noexcept = nullptr;
  // True if that has not ended. Holds nothing: the last hold would end the object, by code of the user's.
  bool (*hasObject)(void const* function) noexcept = nullptr;
};

/// A listener or a handler, in a table or on its way out.
struct Registration {
  explicit Registration(ArgumentsOps const* ops) noexcept : exact(ops) {}
  Registration(Registration const&) = delete;
  Registration& operator=(Registration const&) = delete;
  virtual ~Registration() = default;

  /// Ends it, on the endpoint's thread. False if it had ended before.
  virtual bool remove() noexcept;
  /// True if it was removed, or has ended with its object: nobody counts it any more.
  virtual bool hasEnded() const noexcept { return !isLive; }

  /// The parameters that it takes, for people.
  std::string parameters() const { return exact == nullptr ? "(...)" : describeParameters(*exact); }

  ArgumentsOps const* const exact;           // the arguments that need no fitting
  ChannelEntry* entry = nullptr;             // where it is registered; null: on no channel
  std::shared_ptr<Registration> nextDead{};  // see DeadList
  bool isOnce = false;
  bool isLive = true;
  // Guarded by the endpoint's lock: the list of those that another thread has removed.
  std::shared_ptr<Registration> nextLeaving{};
  bool isLeaving = false;
};

/// Registrations on their way out of the table, in a list that needs no memory.
class DeadList {
 public:
  DeadList() = default;
  DeadList(DeadList&& other) noexcept : first_(std::move(other.first_)) {}
  DeadList& operator=(DeadList&&) = delete;
  /// Ends them one after the other, the youngest first: what ends with one may add to other lists.
  ~DeadList();

  void add(std::shared_ptr<Registration> node) noexcept;

 private:
  std::shared_ptr<Registration> first_{};
};

class FittedArgument;
struct ListenerNode;
struct HandlerNode;

/// The operations of a listener; known by its address.
struct ListenerOps {
  FunctionOps function;
  // Calls the listener with arguments that are `exact`.
  void (*run)(ListenerNode& node, Event& event, void* at);
  // Calls the listener with the arguments of a cell, which are `exact`, and ends these.
  void (*take)(ListenerNode& node, MessageCell& cell, MessageLane& lane);
  // Calls the listener with fitted arguments; null if it must fit them itself.
  void (*runFitted)(ListenerNode& node, Event& event, FittedArgument* fitted);
  // Fits the arguments and calls the listener; or null.
  bool (*fitAndRun)(ListenerNode& node, Event& event, ArgumentsView const& arguments);
};

/// A listener.
struct ListenerNode : Registration {
  explicit ListenerNode(ListenerOps const& of) noexcept
      : Registration(of.function.exact), ops(of) {}

  /// Calls the listener. False, and it was not called, if it does not take these arguments.
  bool call(Event& event, ArgumentsView const& arguments);
  /// Calls the listener, which is for more than one message, with arguments that are `exact`.
  void callExactly(Event& event, void* at) { ops.run(*this, event, at); }
  /// Calls the listener, which is the only one, with the arguments of a message that are `exact`, and ends
  /// these. Throws what the listener throws.
  void take(MessageCell& cell, MessageLane& lane) { ops.take(*this, cell, lane); }

  bool hasEnded() const noexcept override;
  /// True if it ends with an object.
  bool isGuarded() const noexcept { return ops.function.object != nullptr; }
  /// Holds that object; null if it has ended.
  std::shared_ptr<void const> object() const noexcept;

  ListenerOps const& ops;
};

/// The operations of a handler; known by its address.
struct HandlerOps {
  FunctionOps function;
  // Calls the handler, and answers: with the arguments at `at`, which are `exact`, or, if that is not null,
  // with those at the addresses `fitted`.
  void (*run)(HandlerNode& node, Invocation const& invocation, void* at, void* const* fitted);
  // Fits the arguments, calls the handler, and answers or will, if run() does not; else null.
  bool (*fitAndRun)(HandlerNode& node, Invocation const& invocation,
                    ArgumentsView const& arguments);
};

/// A handler.
struct HandlerNode : Registration, SharesItself<HandlerNode> {
  explicit HandlerNode(HandlerOps const& of) noexcept : Registration(of.function.exact), ops(of) {}

  /// Calls the handler, and answers or will. False, and it was not called, if it does not take the
  /// arguments. Throws what the handler throws.
  bool call(Invocation const& invocation, ArgumentsView const& arguments);
  /// Calls the handler, which is for more than one call and needs no fitAndRun(), with arguments that are
  /// `exact`, and answers. Throws what the handler throws.
  void callExactly(Invocation const& invocation, void* at) {
    ops.run(*this, invocation, at, nullptr);
  }

  bool hasEnded() const noexcept override;
  /// True if it ends with an object.
  bool isGuarded() const noexcept { return ops.function.object != nullptr; }
  /// Holds that object; null if it has ended.
  std::shared_ptr<void const> object() const noexcept;

  HandlerOps const& ops;
};

}  // namespace tincan::inline abi0::detail

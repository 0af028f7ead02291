// tincan/detail/message/registration.hpp - a listener or a handler in a table
//
//   Threads   The endpoint's, but for what its lock guards.
//   Lifetime  Shared: whoever calls it holds it, so that it may be removed meanwhile.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <tincan/detail/message/arguments.hpp>

namespace tincan::inline abi0 {
class Event;
}  // namespace tincan::inline abi0

namespace tincan::inline abi0::detail {

struct ChannelEntry;
struct Invocation;
struct MessageCell;
struct MessageLane;

/// A listener or a handler, in a table or on its way out.
struct Registration {
  Registration() = default;
  Registration(Registration const&) = delete;
  Registration& operator=(Registration const&) = delete;
  virtual ~Registration() = default;

  /// The parameters that it takes, for people.
  virtual std::string parameters() const = 0;

  ChannelEntry* entry = nullptr;           // where it is registered
  std::shared_ptr<Registration> nextDead;  // see DeadList
  bool isOnce = false;
  bool isLive = true;
  // Guarded by the endpoint's lock: the list of those that another thread has removed.
  std::shared_ptr<Registration> nextLeaving;
  bool isLeaving = false;
};

/// Shares what was just made by its base. (For std::make_shared each callable would be one more class.)
template <class Node>
std::shared_ptr<Node> sharedNode(Node* made) {
  return std::shared_ptr<Node>(made);
}

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
  std::shared_ptr<Registration> first_;
};

/// A listener.
struct ListenerNode : Registration {
  explicit ListenerNode(ArgumentsOps const* ops) noexcept : exact(ops) {}

  /// Calls the listener. False, and it was not called, if it does not take these arguments.
  virtual bool call(Event& event, ArgumentsView const& arguments) = 0;
  /// Calls the listener, which is for more than one message, with arguments that are `exact`.
  virtual void callExactly(Event& event, void* at) = 0;
  /// Calls the listener, which is the only one, with the arguments of a message that are `exact`, and ends
  /// these. Throws what the listener throws.
  virtual void take(MessageCell& cell, MessageLane& lane) = 0;

  ArgumentsOps const* const exact;  // the arguments that need no fitting
};

/// A handler.
struct HandlerNode : Registration, std::enable_shared_from_this<HandlerNode> {
  /// Calls the handler, and answers or will. False, and it was not called, if it does not take the
  /// arguments. Throws what the handler throws.
  virtual bool call(Invocation const& invocation) = 0;
};

}  // namespace tincan::inline abi0::detail

// tincan/detail/message/node_call.hpp - calls a listener or a handler with what a message brings
#pragma once

#include <cstddef>

#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/channel_entry.hpp>
#include <tincan/detail/message/fitted.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/message/registration.hpp>

namespace tincan::inline abi0::detail {

/// The most parameters whose arguments are fitted without knowing their types.
inline constexpr std::size_t MostFitted = 8;
/// True for parameters whose arguments are fitted where their types are known.
template <class... P>
inline constexpr bool MustFitThere = sizeof...(P) > MostFitted ||
                                     (IsOptional<std::remove_cvref_t<P>> || ...);

/// The arguments of a message, each as a parameter wants it, of a function that has MostFitted parameters at
/// most, none of them optional.
class FittedArguments {
 public:
  FittedArguments(FunctionOps const& ops, ArgumentsView const& arguments)
      : areFitted_(fitAll(ops, arguments)) {}

  /// True if each parameter has an argument.
  explicit operator bool() const noexcept { return areFitted_; }
  FittedArgument* all() noexcept { return fitted_; }

 private:
  bool fitAll(FunctionOps const& ops, ArgumentsView const& arguments) {
    if (ops.exact->count > arguments.ops->count) return false;
    for (std::size_t i = 0; i < ops.exact->count; ++i) {
      if (!fitted_[i].fit(*ops.exact->types[i], arguments.type(i), arguments.argument(i))) {
        return false;
      }
      bool const isMutable = (ops.mutableParameters >> i & 1) != 0;
      if (isMutable && fitted_[i].isMade()) return false;
    }
    return true;
  }

  FittedArgument fitted_[MostFitted];
  bool areFitted_;
};

/// Takes a registration out of its table if it is for one message only.
inline void disarmIfOnce(Registration& node) noexcept {
  if (node.isOnce) [[unlikely]]
    node.entry->table->disarm(node);
}

[[gnu::noinline]] inline bool callFitted(ListenerNode& node, Event& event,
                                         ArgumentsView const& arguments) {
  if (node.ops.fitAndRun != nullptr) return node.ops.fitAndRun(node, event, arguments);
  FittedArguments fitted(node.ops.function, arguments);
  if (!fitted) return false;
  disarmIfOnce(node);
  node.ops.runFitted(node, event, fitted.all());
  return true;
}

inline bool ListenerNode::call(Event& event, ArgumentsView const& arguments) {
  if (arguments.ops != exact) return callFitted(*this, event, arguments);
  disarmIfOnce(*this);
  ops.run(*this, event, arguments.at);
  return true;
}

[[gnu::noinline]] inline bool callFitted(HandlerNode& node, Invocation const& invocation,
                                         ArgumentsView const& arguments) {
  FittedArguments fitted(node.ops.function, arguments);
  if (!fitted) return false;
  disarmIfOnce(node);
  void* addresses[MostFitted];
  for (std::size_t i = 0; i < node.exact->count; ++i) addresses[i] = fitted.all()[i].at();
  node.ops.run(node, invocation, nullptr, addresses);
  return true;
}

inline bool HandlerNode::call(Invocation const& invocation, ArgumentsView const& arguments) {
  if (ops.fitAndRun != nullptr) return ops.fitAndRun(*this, invocation, arguments);
  if (arguments.ops != exact) return callFitted(*this, invocation, arguments);
  disarmIfOnce(*this);
  callExactly(invocation, arguments.at);
  return true;
}

}  // namespace tincan::inline abi0::detail

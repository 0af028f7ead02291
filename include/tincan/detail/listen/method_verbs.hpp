// tincan/detail/listen/method_verbs.hpp - methods as listeners and handlers
#pragma once

#include <utility>

#include <tincan/channel.hpp>
#include <tincan/channel_name.hpp>
#include <tincan/detail/api/listener.hpp>
#include <tincan/detail/api/method.hpp>
#include <tincan/detail/message/typed.hpp>

namespace tincan::inline abi0::detail {

/// The verbs for listening and handling, with a method and its object for a function: a T*, which must live until the
/// registration is removed; or a shared_ptr or weak_ptr to it, which is kept weakly: the registration ends with the
/// object, and then does not count any more. While the method runs, or its Task, the object is kept.
///
///   Errors    As the verbs that take a function; std::invalid_argument for a null object or method. A weak_ptr
///             whose object has ended is none: that registration has ended.
template <class Self>
class MethodVerbs {
 public:
  /// Calls a method of an object for each message, as on() with a function. The object is a T*, which must live until
  /// the registration is removed; or a std::shared_ptr or std::weak_ptr, kept weakly: the registration ends with it.
  template <class O, IsMethod M>
  Listener on(ChannelName channel, O&& object, M method) {
    return self().on(channel, detail::bindMethod(static_cast<O&&>(object), method, "on"));
  }
  template <FunctionType S, class O, IsMethod M>
  Listener on(Channel<S> const& channel, O&& object, M method) {
    return self().on(channel, detail::bindMethod(static_cast<O&&>(object), method, "on"));
  }
  /// Registers a method of an object as a listener, as on().
  template <class O, IsMethod M>
  Listener addListener(ChannelName channel, O&& object, M method) {
    return self().addListener(channel,
                              detail::bindMethod(static_cast<O&&>(object), method, "addListener"));
  }
  template <FunctionType S, class O, IsMethod M>
  Listener addListener(Channel<S> const& channel, O&& object, M method) {
    return self().addListener(channel,
                              detail::bindMethod(static_cast<O&&>(object), method, "addListener"));
  }
  /// Registers a method of an object as a listener for one message only, as once() with a function and on() with a
  /// method.
  template <class O, IsMethod M>
  Listener once(ChannelName channel, O&& object, M method) {
    return self().once(channel, detail::bindMethod(static_cast<O&&>(object), method, "once"));
  }
  template <FunctionType S, class O, IsMethod M>
  Listener once(Channel<S> const& channel, O&& object, M method) {
    return self().once(channel, detail::bindMethod(static_cast<O&&>(object), method, "once"));
  }
  /// Answers each invoke() with what a method of an object returns, as handle() with a function and on() with a method.
  template <class O, IsMethod M>
  Listener handle(ChannelName channel, O&& object, M method) {
    return self().handle(channel, detail::bindMethod(static_cast<O&&>(object), method, "handle"));
  }
  template <FunctionType S, class O, IsMethod M>
  Listener handle(Channel<S> const& channel, O&& object, M method) {
    return self().handle(channel, detail::bindMethod(static_cast<O&&>(object), method, "handle"));
  }
  /// Registers a method of an object as a handler for one call only, as handle().
  template <class O, IsMethod M>
  Listener handleOnce(ChannelName channel, O&& object, M method) {
    return self().handleOnce(channel,
                             detail::bindMethod(static_cast<O&&>(object), method, "handleOnce"));
  }
  template <FunctionType S, class O, IsMethod M>
  Listener handleOnce(Channel<S> const& channel, O&& object, M method) {
    return self().handleOnce(channel,
                             detail::bindMethod(static_cast<O&&>(object), method, "handleOnce"));
  }

 protected:
  ~MethodVerbs() = default;
  MethodVerbs() = default;
  MethodVerbs(MethodVerbs const&) = default;
  MethodVerbs& operator=(MethodVerbs const&) = default;

 private:
  Self& self() noexcept { return static_cast<Self&>(*this); }
};

}  // namespace tincan::inline abi0::detail

// tincan/testing/double.hpp - stands in for an endpoint that a test does without
#pragma once

#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <tincan/bus.hpp>
#include <tincan/detail/listen/handler.hpp>
#include <tincan/testing/detail/simulate/step_observer.hpp>
#include <tincan/testing/records.hpp>

namespace tincan::inline abi0::testing {

class Simulation;

namespace detail {

/// Takes a call and never answers.
class NeverAnswers final : public tincan::detail::HandlerNode {
 public:
  NeverAnswers() : HandlerNode(keeping) {}

 private:
  static bool keep(tincan::detail::HandlerNode& node, tincan::detail::Invocation const& invocation,
                   tincan::detail::ArgumentsView const&) {
    static_cast<NeverAnswers&>(node).calls_.push_back(invocation.responder.share());
    return true;
  }
  static constexpr tincan::detail::HandlerOps keeping{{}, nullptr, &keep};

  std::vector<std::shared_ptr<tincan::detail::SharedResponder>> calls_{};
};

class DoubleState final : public StepObserver {
 public:
  DoubleState(Endpoint& endpoint, std::optional<Renderer> own);

  Endpoint& endpoint() noexcept;
  Renderer* renderer() noexcept;

  void delivering(InTransit const& passage) override;

  template <class Listen, class Handle>
  void program(ChannelName const& channel, Listen listener, Handle handler) {
    forget(channel);
    programmed_.insert_or_assign(std::string(channel.name()),
                                 endpoint_.on(channel, std::move(listener)));
    endpoint_.handle(channel, std::move(handler));
  }
  void silence(ChannelName const& channel);

  Records received_{};

 private:
  using Kind = tincan::detail::Kind;

  EndpointCore& core() const;

  void forget(ChannelName const& channel);

  /// Sees to it that a plain message finds somebody, and a request that nothing was programmed for
  /// finds nobody.
  void listenIfNeeded(std::string const& channel, Kind kind);
  void stopTaking(std::string const& channel);

  std::vector<Reply> replies_{};  // never given
  std::optional<Renderer> own_;
  Endpoint& endpoint_;
  std::map<std::string, Listener> programmed_{}, takes_{};
};

}  // namespace detail

/// An endpoint that a test has instead of the real one. It notes what it gets; plain messages it
/// takes on every channel, requests and calls on those that it has answers for (else the one who
/// asks gets NoListener or NoHandler). What is programmed last for a channel counts.
///
///   Threads   The simulation's, outside of other endpoints' handlers and bodies.
///   Lifetime  The simulation keeps it, copies mean the same one.
class Double {
 public:
  /// Answers requests and calls on the channel with a copy of that.
  template <class T>
  Double answers(ChannelName channel, T&& value) const {
    using Answer = tincan::detail::Travels<T>;
    static_assert(std::is_copy_constructible_v<Answer>,
                  "tincan: a stand-in answers again and again, with copies: use answersWith().");
    Answer const answer(std::forward<T>(value));
    state_->program(
        channel, [answer](Event& event) { event.returnValue = answer; },
        [answer]() -> Answer { return answer; });
    return *this;
  }

  /// Answers with what function(arguments...) returns or throws.
  template <class F>
  Double answersWith(ChannelName channel, F function) const {
    addFunction(channel, std::move(function),
                typename tincan::detail::SignatureOf<F>::Parameters{});
    return *this;
  }

  /// Answers with that exception, or std::exception_ptr.
  template <class E>
  Double fails(ChannelName channel, E const& exception) const {
    std::exception_ptr pointer;
    if constexpr (std::is_same_v<E, std::exception_ptr>) pointer = exception;
    else pointer = std::make_exception_ptr(exception);
    state_->program(
        channel, [pointer](Event& event) { event.defer().fail(pointer); },
        [pointer] { std::rethrow_exception(pointer); });
    return *this;
  }

  /// Takes requests and calls, and leaves them open until the simulation ends.
  Double neverAnswers(ChannelName channel) const;

  /// Returns all that it got, also what nobody listened for.
  Records received() const;

  /// Returns the name that standIn() was given.
  std::string name() const;
  /// Returns a handle to the endpoint that stands in.
  Peer peer() const;
  /// The renderer that stands in; or null if main does.
  Renderer* renderer() const noexcept;
  /// Closes it, if it is a renderer; main goes on. What waits for it gets Closed.
  void close() const;

 private:
  friend class Simulation;
  explicit Double(std::shared_ptr<detail::DoubleState> state);

  template <class F, class... P>
  void addFunction(ChannelName const& channel, F function, tincan::detail::TypeList<P...>) const {
    auto const shared = std::make_shared<F>(std::move(function));
    state_->program(
        channel,
        [shared](Event& event, std::remove_cvref_t<P> const&... arguments) {
          Reply reply = event.defer();
          try {
            if constexpr (std::is_void_v<std::invoke_result_t<F&, P...>>) {
              (*shared)(arguments...);
              reply.set(Value());
            } else {
              reply.set((*shared)(arguments...));
            }
          } catch (...) {
            reply.fail(std::current_exception());
          }
        },
        [shared](std::remove_cvref_t<P> const&... arguments) -> decltype(auto) {
          return (*shared)(arguments...);
        });
  }

  std::shared_ptr<detail::DoubleState> state_;
};

}  // namespace tincan::inline abi0::testing

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/testing/double.ipp>
#endif

// tincan/within.hpp - the verbs that ask, with a deadline
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/api/verbs.hpp>
#include <tincan/detail/base/chrono.hpp>
#include <tincan/detail/base/duration.hpp>
#include <tincan/detail/engine.hpp>

namespace tincan::inline abi0 {

/// The verbs that ask, with a deadline: `peer.within(50ms).sendSync<int>("x")`. Each call has so much time,
/// counted from the call. Then it is over with Timeout, and a listener or handler that has not started by then
/// never runs. Nobody looks at the time for a future that nobody waits for: it is over when somebody does.
///
///   Threads   As the Peer or the Renderer that it is made from.
///   Progress  There is no timer thread. Whoever waits keeps the deadline: a blocked caller, or the loop of
///             the endpoint where the answer continues.
class Within : public AskingVerbs<Within> {
 public:
  /// Calls a function as Peer::call() does; it does not run once the time is up.
  template <class F>
  Future<detail::CalledResult<F>> call(F function) const {
    detail::refuseNull(function, "call");
    if constexpr (detail::refuseParameters<F>()) {
      return detail::callBy<detail::CalledResult<F>>([this] { return route("call"); },
                                                     std::move(function));
    }
  }
  /// Calls a method of an object as Peer::call() does; it does not run once the time is up.
  template <class O, class M>
  Future<detail::MethodResult<M>> call(O&& object, M method) const {
    return call(detail::bindMethod(static_cast<O&&>(object), method, "call"));
  }

 private:
  friend class Peer;
  friend class Renderer;
  friend struct detail::VerbCall;
  template <class From, class... T>
  friend struct detail::PlainAsk;

  /// Asks in the name of `sender`; if that is null, as by a handle that `from` gave.
  Within(std::shared_ptr<detail::EndpointCore> to, std::shared_ptr<detail::EndpointCore> sender,
         std::shared_ptr<detail::EndpointCore> from, std::chrono::nanoseconds most) noexcept
      : to_(std::move(to)), sender_(std::move(sender)), from_(std::move(from)), most_(most) {}

  detail::Ends ends() const noexcept {
    bool const isOwnVerb = sender_ != nullptr;
    detail::EndpointCore* const from = isOwnVerb ? sender_.get() : from_.get();
    if (to_ == nullptr) return {from, nullptr, isOwnVerb};
    return {from, to_.get(), isOwnVerb, detail::deadlineAfter(*to_->bus, most_)};
  }
  detail::Route route(std::string_view verb) const {
    if (to_ == nullptr) return {detail::SendingAs(), nullptr};
    detail::Nanoseconds const deadline = detail::deadlineAfter(*to_->bus, most_);
    if (sender_ == nullptr) {
      return {detail::SendingAs(from_, to_->bus, verb), to_.get(), deadline};
    }
    return {detail::SendingAs(*sender_, verb), to_.get(), deadline};
  }

  std::shared_ptr<detail::EndpointCore> to_, sender_, from_;
  std::chrono::nanoseconds most_;
};

template <class Rep, class Period>
Within Peer::within(std::chrono::duration<Rep, Period> most) const {
  return {core_, nullptr, from_, std::chrono::nanoseconds(detail::nanosecondsOf(most))};
}

}  // namespace tincan::inline abi0

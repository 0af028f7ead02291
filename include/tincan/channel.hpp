// tincan/channel.hpp - a channel whose arguments and answer the compiler checks
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/base/callable.hpp>
#include <tincan/detail/base/number.hpp>
#include <tincan/detail/message/conversion.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0 {

namespace detail {

/// The base of every typed channel, for overloads that refuse it: a channel that the typed overload
/// does not take must not be taken for its name. (With template arguments that are spelled out,
/// deduction goes past the typed overload.)
class TypedChannel {
 public:
  constexpr explicit TypedChannel(ChannelName name) noexcept : name_(name) {}

  /// The bytes of its name, as ChannelName::name().
  constexpr std::string_view name() const noexcept { return name_.name(); }
  /// The name alone, for verbs that look at no types, such as Endpoint::keepLast().
  // NOLINTNEXTLINE(google-explicit-constructor): goes wherever a name goes.
  constexpr operator ChannelName() const noexcept { return name_; }

 private:
  ChannelName name_;
};

/// A typed channel whose parameters can be deduced one by one; a worse match than the channel itself.
template <class S, class... P>
class BracedChannel : public TypedChannel {
 public:
  using TypedChannel::TypedChannel;
};

}  // namespace detail

/// A channel with a type: `inline constexpr Channel<int(std::string)> length{"length"};`
/// It goes wherever a name goes. What is sent on it, and what its listeners and its handler take and
/// answer, must then fit the signature. A sender may leave out trailing std::optional parameters.
/// Arithmetic arguments convert if the value is representable, else the call throws TypeMismatch.
///
///   Threads   Any; a channel is never changed.
///   Lifetime  A view of its name, which must outlive it, as for ChannelName.
template <class Signature>
class Channel {
  static_assert(std::is_void_v<Signature> && !std::is_void_v<Signature>,
                "tincan: a typed channel has a signature: Channel<int(std::string)>.");
};

/// A channel whose messages have arguments of the types P, and whose answers are an R; see Channel.
template <class R, class... P>
class Channel<R(P...)> : public detail::BracedChannel<R(P...), P...> {
 public:
  static_assert(!std::is_reference_v<R>,
                "tincan: an answer is moved to the one who asked: it is no reference.");
  static_assert(
      std::is_same_v<std::remove_cv_t<R>, R>,
      "tincan: an answer is moved to the one who asked: it is neither const nor volatile.");
  static_assert(std::is_void_v<R> || std::is_same_v<detail::Travels<R>, R>,
                "tincan: text arrives as std::string: a channel answers with that.");

  /// Gives a name its types. Nothing is registered by that.
  // NOLINTNEXTLINE(google-explicit-constructor): a name is written as a literal.
  constexpr Channel(ChannelName name) noexcept : detail::BracedChannel<R(P...), P...>(name) {}
};

namespace detail {

/// A signature: R(P...).
template <class S>
concept FunctionType = std::is_function_v<S>;

/// The argument for the parameter P, which may have been in braces, as the typed overload takes it.
/// Throws Error(TypeMismatch) for a number that P cannot represent.
template <class P, class S, class... All>
decltype(auto) asGiven(BracedChannel<S, All...> const& channel, Given<P>& argument) {
  if constexpr (Arithmetic<std::remove_cvref_t<P>>) return argument.convert(channel.name());
  else return std::move(argument);
}

}  // namespace detail
}  // namespace tincan::inline abi0

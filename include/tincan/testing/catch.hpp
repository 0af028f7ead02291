// tincan/testing/catch.hpp - matchers for Catch2 2.13 and 3, with what prints their arguments
//
// Not in tincan/testing.hpp: the test kit itself needs no test framework. For all files of a test
// program or for none: how Catch2 prints something must be the same in all of them.
//
//   REQUIRE_THAT(sim.log(), Delivered("main", "ping").from("window").times(2));
//   REQUIRE_THAT(spy.sent(), DeliveredInOrder({{"main", "ping"}, {"window", "pong"}}));
//   REQUIRE_THAT(explore(body), Explored());
//   REQUIRE_THROWS_MATCHES(future.get(), tincan::Error, HasCode(tincan::Errc::Closed));
#pragma once

#if __has_include(<catch2/matchers/catch_matchers.hpp>)
#include <catch2/matchers/catch_matchers.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <tincan/error.hpp>
#include <tincan/testing.hpp>
#include <tincan/testing/catch_strings.hpp>
#include <tincan/testing/detail/catch/catch_assertions.hpp>

namespace tincan::inline abi0::testing {
namespace detail {

#if __has_include(<catch2/matchers/catch_matchers.hpp>)
template <class T>
using Matcher = Catch::Matchers::MatcherBase<T>;
#else
template <class T>
using Matcher = Catch::Matchers::Impl::MatcherBase<T>;
#endif

/// A log, or records, or whatever else a span of deliveries can be made from.
using Deliveries = std::span<Delivery const>;

}  // namespace detail

/// Matches a log that has a delivery like that. An empty `to` or `channel` stands for any.
class Delivered : public detail::Matcher<detail::Deliveries> {
 public:
  /// Wants a delivery on that channel, to the endpoint of that name.
  Delivered(std::string to, std::string channel)
      : to_(std::move(to)), channel_(std::move(channel)) {}

  /// Wants it to be sent by the endpoint of that name.
  Delivered from(std::string name) const {
    Delivered more = *this;
    more.from_ = std::move(name);
    return more;
  }
  /// Wants those arguments, written as in Delivery::text.
  Delivered with(std::string text) const {
    Delivered more = *this;
    more.text_ = std::move(text);
    return more;
  }
  /// Wants exactly so many; without this, at least one.
  Delivered times(std::size_t count) const {
    Delivered more = *this;
    more.times_ = count;
    return more;
  }

  /// True if that delivery is like that, whatever times() says.
  bool matches(Delivery const& one) const {
    return (to_.empty() || one.to == to_) && (channel_.empty() || one.channel == channel_) &&
           one.from == from_.value_or(one.from) && one.text == text_.value_or(one.text);
  }

  bool match(detail::Deliveries const& log) const override {
    auto const count = static_cast<std::size_t>(
        std::count_if(log.begin(), log.end(), [this](auto const& one) { return matches(one); }));
    return times_.has_value() ? count == *times_ : count > 0;
  }
  std::string describe() const override {
    std::string text = "has delivered " + what();
    if (times_.has_value()) text += ", " + std::to_string(*times_) + " times";
    return text;
  }
  /// Says it like "window > main: ping (text)".
  std::string what() const {
    std::string text = from_.value_or("*") + " > " + (to_.empty() ? "*" : to_) + ": " +
                       (channel_.empty() ? "*" : channel_);
    return text_.has_value() ? text + " (" + *text_ + ")" : text;
  }

 private:
  std::string to_, channel_;
  std::optional<std::string> from_{}, text_{};
  std::optional<std::size_t> times_{};
};

/// Matches a log that has such deliveries one after another, with any others before, between and after
/// them.
class DeliveredInOrder : public detail::Matcher<detail::Deliveries> {
 public:
  /// Wants these, each of which is a Delivered or its arguments in braces. Their times() do not count.
  DeliveredInOrder(std::initializer_list<Delivered> expected) : expected_(expected) {}

  bool match(detail::Deliveries const& log) const override {
    auto next = expected_.begin();
    for (Delivery const& one : log) {
      if (next != expected_.end() && next->matches(one)) ++next;
    }
    return next == expected_.end();
  }
  std::string describe() const override {
    std::string text = "has delivered in this order";
    for (Delivered const& one : expected_) text += "\n  " + one.what();
    return text;
  }

 private:
  std::vector<Delivered> expected_;
};

/// Matches an exploration, or a replay(), that found nothing wrong and left nothing out.
class Explored : public detail::Matcher<Result> {
 public:
  /// Wants any number of schedules.
  Explored() = default;

  /// Wants exactly so many schedules.
  Explored schedules(std::uint64_t count) const {
    Explored more = *this;
    more.schedules_ = count;
    return more;
  }

  bool match(Result const& result) const override {
    bool const isReplay = result.ok && !result.replay.empty();  // of one of them
    return result.ok && result.complete &&
           (isReplay || result.schedules == schedules_.value_or(result.schedules));
  }
  std::string describe() const override {
    if (!schedules_.has_value()) return "(wanted: ok and complete)";
    return "(wanted: ok and complete, schedules: " + std::to_string(*schedules_) + ")";
  }

 private:
  std::optional<std::uint64_t> schedules_;
};

/// Matches an exploration or replay that has failed, with a sentence that contains that part.
class FailedWith : public detail::Matcher<Result> {
 public:
  /// Wants that text somewhere in Result::failure.
  explicit FailedWith(std::string part) : part_(std::move(part)) {}

  bool match(Result const& result) const override {
    return !result.ok && result.failure.find(part_) != std::string::npos;
  }
  std::string describe() const override { return "(wanted: fails with '" + part_ + "')"; }

 private:
  std::string part_;
};

/// Matches an error of that code.
class HasCode : public detail::Matcher<Error> {
 public:
  /// Wants that Error::code().
  explicit HasCode(Errc code) : code_(code) {}

  bool match(Error const& error) const override { return error.code() == code_; }
  std::string describe() const override {
    return "has code " + std::string(tincan::toString(code_));
  }

 private:
  Errc code_;
};

}  // namespace tincan::inline abi0::testing

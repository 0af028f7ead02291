// tincan/testing/catch.hpp - matchers and printers for Catch2 2.13 and 3
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
#include <catch2/catch_tostring.hpp>
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
#include <tincan/reports.hpp>
#include <tincan/testing.hpp>

namespace tincan::inline v0::testing {
namespace detail {

#if __has_include(<catch2/matchers/catch_matchers.hpp>)
template <class T>
using Matcher = Catch::Matchers::MatcherBase<T>;
#else
template <class T>
using Matcher = Catch::Matchers::Impl::MatcherBase<T>;
#endif

/// A log, or records: whatever a span of deliveries can be made from.
using Deliveries = std::span<Delivery const>;

/// "window > main: ping (1, text)"
inline std::string describe(Delivery const& delivery) {
  std::string text = delivery.from + " > " + delivery.to + ": " + delivery.channel;
  return delivery.text.empty() ? text : text + " (" + delivery.text + ")";
}

}  // namespace detail

/// There is a delivery like that; one with empty `to` or `channel` is like any.
class Delivered : public detail::Matcher<detail::Deliveries> {
 public:
  Delivered(std::string to, std::string channel)
      : to_(std::move(to)), channel_(std::move(channel)) {}

  /// Sent by the endpoint of that name.
  Delivered from(std::string name) const {
    Delivered more = *this;
    more.from_ = std::move(name);
    return more;
  }
  /// With those arguments as text, as in Delivery::text.
  Delivered with(std::string text) const {
    Delivered more = *this;
    more.text_ = std::move(text);
    return more;
  }
  /// So many, no more and no less; without it, at least one.
  Delivered times(std::size_t count) const {
    Delivered more = *this;
    more.times_ = count;
    return more;
  }

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
  /// "window > main: ping (text)"
  std::string what() const {
    std::string text = from_.value_or("*") + " > " + (to_.empty() ? "*" : to_) + ": " +
                       (channel_.empty() ? "*" : channel_);
    return text_.has_value() ? text + " (" + *text_ + ")" : text;
  }

 private:
  std::string to_, channel_;
  std::optional<std::string> from_, text_;
  std::optional<std::size_t> times_;
};

/// There are such deliveries one after another, with any others before, between and after them.
class DeliveredInOrder : public detail::Matcher<detail::Deliveries> {
 public:
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

/// An exploration found nothing wrong, and left nothing out. Also of replay().
class Explored : public detail::Matcher<Result> {
 public:
  Explored() = default;

  /// And so many outcomes.
  Explored schedules(std::uint64_t count) const {
    Explored more = *this;
    more.schedules_ = count;
    return more;
  }

  bool match(Result const& result) const override {
    return result.ok && result.complete &&
           result.schedules == schedules_.value_or(result.schedules);
  }
  std::string describe() const override {
    if (!schedules_.has_value()) return "explored all";
    return "explored all " + std::to_string(*schedules_) + " schedules";
  }

 private:
  std::optional<std::uint64_t> schedules_;
};

/// An exploration or replay has failed, with a sentence that contains that.
class FailedWith : public detail::Matcher<Result> {
 public:
  explicit FailedWith(std::string part) : part_(std::move(part)) {}

  bool match(Result const& result) const override {
    return !result.ok && result.failure.find(part_) != std::string::npos;
  }
  std::string describe() const override { return "failed with '" + part_ + "'"; }

 private:
  std::string part_;
};

/// An error of that code.
class HasCode : public detail::Matcher<Error> {
 public:
  explicit HasCode(Errc code) : code_(code) {}

  bool match(Error const& error) const override { return error.code() == code_; }
  std::string describe() const override {
    return "has code " + std::string(tincan::toString(code_));
  }

 private:
  Errc code_;
};

}  // namespace tincan::inline v0::testing

namespace Catch {

/// "NoListener"
template <>
struct StringMaker<tincan::Errc> {
  static std::string convert(tincan::Errc code) { return std::string(tincan::toString(code)); }
};

/// "Queued"
template <>
struct StringMaker<tincan::SendResult> {
  static std::string convert(tincan::SendResult result) {
    switch (result) {
      case tincan::SendResult::Queued: return "Queued";
      case tincan::SendResult::Closed: return "Closed";
      case tincan::SendResult::Full: return "Full";
    }
    return "SendResult";
  }
};

/// "window > main: ping (1, text)"
template <>
struct StringMaker<tincan::testing::Delivery> {
  static std::string convert(tincan::testing::Delivery const& delivery) {
    return tincan::testing::detail::describe(delivery);
  }
};

/// A line for each delivery.
template <>
struct StringMaker<std::span<tincan::testing::Delivery const>> {
  static std::string convert(std::span<tincan::testing::Delivery const> log) {
    if (log.empty()) return "no deliveries";
    std::string text;
    for (auto const& one : log) {
      text += "\n  " + std::to_string(one.number) + ". " + tincan::testing::detail::describe(one);
    }
    return text;
  }
};
template <>
struct StringMaker<tincan::testing::Records> {
  static std::string convert(tincan::testing::Records const& records) {
    return StringMaker<std::span<tincan::testing::Delivery const>>::convert(records);
  }
};

/// "ok, complete, 6 schedules", or what failed, and how to run it again.
template <>
struct StringMaker<tincan::testing::Result> {
  static std::string convert(tincan::testing::Result const& result) {
    std::string const count = std::to_string(result.schedules) + " schedules";
    if (result.ok) return (result.complete ? "ok, complete, " : "ok, not complete, ") + count;
    std::string text = "failed after " + count + ": " + result.failure;
    return result.minimal.empty() ? text : text + " (TINCAN_SIM_REPLAY='" + result.minimal + "')";
  }
};

/// "window > main: 3. ping"
template <>
struct StringMaker<tincan::testing::Recording::Entry> {
  static std::string convert(tincan::testing::Recording::Entry const& entry) {
    return entry.from + " > " + entry.to + ": " + std::to_string(entry.number) + ". " +
           entry.channel;
  }
};

}  // namespace Catch

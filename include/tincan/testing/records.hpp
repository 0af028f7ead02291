// tincan/testing/records.hpp - messages that were noted, and filters for them
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tincan/error.hpp>
#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing {

/// Messages in the order in which they were noted, each as a Delivery; the log of a simulation is
/// one, too: Records(sim.log()). They are a range, and go wherever a log goes. Filters
/// make smaller ones, and compose:
///
///   spy.sent().on("x").from("window").count()
class Records {
 public:
  /// Has no messages.
  Records() = default;
  /// Copies the deliveries, none of which counts as a dead letter.
  explicit Records(std::span<Delivery const> deliveries);

  /// Keeps those on that channel.
  Records on(std::string_view channel) const;
  /// Keeps those that an endpoint of that name has sent.
  Records from(std::string_view name) const;
  /// Keeps those that were sent to an endpoint of that name.
  Records to(std::string_view name) const;
  /// Keeps those with these arguments, all of them, written as in Delivery::text.
  Records with(std::string_view text) const;
  /// Keeps the dead letters of that reason.
  Records because(Errc reason) const;
  /// Keeps those that the predicate picks, which is given a Delivery.
  template <class Predicate>
  Records where(Predicate&& wanted) const {
    Records chosen;
    for (std::size_t i = 0; i < size(); ++i) {
      if (wanted(deliveries_[i])) chosen.add(deliveries_[i], reasons_[i]);
    }
    return chosen;
  }

  /// Returns how many there are, at the end of a chain of filters.
  std::size_t count() const noexcept;
  /// Returns how many there are, as containers do.
  std::size_t size() const noexcept;
  /// True if there is none.
  bool empty() const noexcept;
  /// Goes through the deliveries, each a Delivery const&, and is valid while this object is not changed.
  using Iterator = std::vector<Delivery>::const_iterator;
  /// The first one, in the order in which they were noted.
  Iterator begin() const noexcept;
  /// The place behind the last one.
  Iterator end() const noexcept;
  /// The one at that place, counted from 0. Throws std::out_of_range.
  Delivery const& operator[](std::size_t index) const;
  /// The reason why that one is a dead letter; nothing if it is none. Throws std::out_of_range.
  std::optional<Errc> reason(std::size_t index) const;

  /// The channel of each of them, in their order.
  std::vector<std::string> channels() const;
  /// The arguments of each of them as text, in their order.
  std::vector<std::string> texts() const;

  /// Adds one at the end; with a reason it is a dead letter.
  void add(Delivery delivery, std::optional<Errc> reason = {});

 private:
  std::vector<std::string> each(std::string Delivery::*field) const;

  std::vector<Delivery> deliveries_{};
  std::vector<std::optional<Errc>> reasons_{};  // one for each of them
};

}  // namespace tincan::inline abi0::testing

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/testing/records.ipp>
#endif

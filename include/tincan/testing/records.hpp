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
  Records() = default;
  explicit Records(std::span<Delivery const> deliveries);

  /// Keeps those on that channel; or from or to the endpoints of that name; or with those arguments as
  /// text.
  Records on(std::string_view channel) const;
  Records from(std::string_view name) const;
  Records to(std::string_view name) const;
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

  std::size_t count() const noexcept;
  std::size_t size() const noexcept;
  bool empty() const noexcept;
  using Iterator = std::vector<Delivery>::const_iterator;
  Iterator begin() const noexcept;
  Iterator end() const noexcept;
  /// Throws std::out_of_range.
  Delivery const& operator[](std::size_t index) const;
  /// The reason why that one is a dead letter; nothing if it is none. Throws std::out_of_range.
  std::optional<Errc> reason(std::size_t index) const;

  /// The channels of all of them, or their arguments.
  std::vector<std::string> channels() const;
  std::vector<std::string> texts() const;

  void add(Delivery delivery, std::optional<Errc> reason = {});

 private:
  std::vector<std::string> each(std::string Delivery::*field) const;

  std::vector<Delivery> deliveries_;
  std::vector<std::optional<Errc>> reasons_;  // one for each of them
};

}  // namespace tincan::inline abi0::testing

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/testing/records.ipp>
#endif

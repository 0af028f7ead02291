// tincan/testing/records.hpp - messages that were noted, and filters for them
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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
  explicit Records(std::span<Delivery const> deliveries) {
    for (Delivery const& delivery : deliveries) add(delivery);
  }

  /// Keeps those on that channel; or from or to the endpoints of that name; or with those arguments as
  /// text.
  Records on(std::string_view channel) const {
    return where([&](Delivery const& one) { return one.channel == channel; });
  }
  Records from(std::string_view name) const {
    return where([&](Delivery const& one) { return one.from == name; });
  }
  Records to(std::string_view name) const {
    return where([&](Delivery const& one) { return one.to == name; });
  }
  Records with(std::string_view text) const {
    return where([&](Delivery const& one) { return one.text == text; });
  }
  /// Keeps the dead letters of that reason.
  Records because(Errc reason) const {
    Records chosen;
    for (std::size_t i = 0; i < size(); ++i) {
      if (reasons_[i] == reason) chosen.add(deliveries_[i], reasons_[i]);
    }
    return chosen;
  }
  /// Keeps those that the predicate picks, which is given a Delivery.
  template <class Predicate>
  Records where(Predicate&& wanted) const {
    Records chosen;
    for (std::size_t i = 0; i < size(); ++i) {
      if (wanted(deliveries_[i])) chosen.add(deliveries_[i], reasons_[i]);
    }
    return chosen;
  }

  std::size_t count() const noexcept { return size(); }
  std::size_t size() const noexcept { return deliveries_.size(); }
  bool empty() const noexcept { return deliveries_.empty(); }
  using Iterator = std::vector<Delivery>::const_iterator;
  Iterator begin() const noexcept { return deliveries_.begin(); }
  Iterator end() const noexcept { return deliveries_.end(); }
  /// Throws std::out_of_range.
  Delivery const& operator[](std::size_t index) const { return deliveries_.at(index); }
  /// The reason why that one is a dead letter; nothing if it is none. Throws std::out_of_range.
  std::optional<Errc> reason(std::size_t index) const { return reasons_.at(index); }

  /// The channels of all of them, or their arguments.
  std::vector<std::string> channels() const { return each(&Delivery::channel); }
  std::vector<std::string> texts() const { return each(&Delivery::text); }

  void add(Delivery delivery, std::optional<Errc> reason = {}) {
    deliveries_.push_back(std::move(delivery));
    reasons_.push_back(reason);
  }

 private:
  std::vector<std::string> each(std::string Delivery::*field) const {
    std::vector<std::string> fields;
    for (Delivery const& one : deliveries_) fields.push_back(one.*field);
    return fields;
  }

  std::vector<Delivery> deliveries_;
  std::vector<std::optional<Errc>> reasons_;  // one for each of them
};

}  // namespace tincan::inline abi0::testing

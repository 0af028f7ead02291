// tincan/testing/records.ipp - messages that were noted, and filters for them: the bodies
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/detail/base/inline.hpp>
#include <tincan/error.hpp>
#include <tincan/testing/options.hpp>
#include <tincan/testing/records.hpp>

namespace tincan::inline abi0::testing {

TINCAN_INLINE Records::Records(std::span<Delivery const> deliveries) {
  for (Delivery const& delivery : deliveries) add(delivery);
}

TINCAN_INLINE Records Records::on(std::string_view channel) const {
  return where([&](Delivery const& one) { return one.channel == channel; });
}

TINCAN_INLINE Records Records::from(std::string_view name) const {
  return where([&](Delivery const& one) { return one.from == name; });
}

TINCAN_INLINE Records Records::to(std::string_view name) const {
  return where([&](Delivery const& one) { return one.to == name; });
}

TINCAN_INLINE Records Records::with(std::string_view text) const {
  return where([&](Delivery const& one) { return one.text == text; });
}

TINCAN_INLINE Records Records::because(Errc reason) const {
  Records chosen;
  for (std::size_t i = 0; i < size(); ++i) {
    if (reasons_[i] == reason) chosen.add(deliveries_[i], reasons_[i]);
  }
  return chosen;
}

TINCAN_INLINE std::size_t Records::count() const noexcept { return size(); }

TINCAN_INLINE std::size_t Records::size() const noexcept { return deliveries_.size(); }

TINCAN_INLINE bool Records::empty() const noexcept { return deliveries_.empty(); }

TINCAN_INLINE Records::Iterator Records::begin() const noexcept { return deliveries_.begin(); }

TINCAN_INLINE Records::Iterator Records::end() const noexcept { return deliveries_.end(); }

TINCAN_INLINE Delivery const& Records::operator[](std::size_t index) const {
  return deliveries_.at(index);
}

TINCAN_INLINE std::optional<Errc> Records::reason(std::size_t index) const {
  return reasons_.at(index);
}

TINCAN_INLINE std::vector<std::string> Records::channels() const {
  return each(&Delivery::channel);
}

TINCAN_INLINE std::vector<std::string> Records::texts() const { return each(&Delivery::text); }

TINCAN_INLINE void Records::add(Delivery delivery, std::optional<Errc> reason) {
  deliveries_.push_back(std::move(delivery));
  reasons_.push_back(reason);
}

TINCAN_INLINE std::vector<std::string> Records::each(std::string Delivery::*field) const {
  std::vector<std::string> fields;
  fields.reserve(deliveries_.size());
  for (Delivery const& one : deliveries_) fields.push_back(one.*field);
  return fields;
}

}  // namespace tincan::inline abi0::testing

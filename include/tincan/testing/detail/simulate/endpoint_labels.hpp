// tincan/testing/detail/simulate/endpoint_labels.hpp - names for endpoints, the same in each run
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include <tincan/detail/endpoint/endpoint_core.hpp>

namespace tincan::inline abi0::testing::detail {

/// Labels of endpoints: their own names; of several with one name, the second in the order of their
/// making gets a number: "window#2".
class EndpointLabels {
 public:
  /// Labels an endpoint that has come. An address may come again.
  void add(tincan::detail::EndpointCore const& core) {
    std::string label = core.isNobody() ? "(no endpoint)" : core.name;
    std::size_t const number = ++counts_[label];
    if (number > 1) label += "#" + std::to_string(number);
    labels_[&core] = std::move(label);
  }

  std::string const& of(tincan::detail::EndpointCore const& core) { return labels_[&core]; }

 private:
  std::map<std::string, std::size_t> counts_{};
  std::map<tincan::detail::EndpointCore const*, std::string> labels_{};
};

}  // namespace tincan::inline abi0::testing::detail

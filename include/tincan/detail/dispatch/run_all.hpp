// tincan/detail/dispatch/run_all.hpp - how one thread runs several endpoints
#pragma once

#include <cstddef>
#include <memory>

#include <tincan/detail/endpoint/endpoint_core.hpp>

namespace tincan::inline abi0::detail {

/// Polls the endpoints, one after another, and sleeps while all are empty: until one of them is told to quit, or all
/// are closed. They are the calling thread's from now on; throws WrongThread if one is another one's.
void runAll(std::shared_ptr<EndpointCore> const* endpoints, std::size_t count);

}  // namespace tincan::inline abi0::detail

// tincan/detail/answer/explain.hpp - why there is no answer, in one sentence
#pragma once

#include <string>
#include <string_view>

#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

/// The Error of a request on that channel that the receiver of that name has not answered.
Error explain(Errc code, std::string_view channel, std::string const& receiver);

[[noreturn]] void throwFailure(Errc code, std::string_view channel, std::string const& receiver);

/// Throws Deadlock; `path` is the cycle: "main > window > main".
[[noreturn]] void throwDeadlock(std::string_view channel, std::string const& path);

}  // namespace tincan::inline abi0::detail

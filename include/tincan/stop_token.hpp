// tincan/stop_token.hpp - a stop token: the standard library's, or what stands in for it
#pragma once

#include <version>

#if defined(__cpp_lib_jthread)
#include <stop_token>
#else  // libc++, which has them as an experiment only
#include <tincan/detail/base/own_stop_token.hpp>
#endif

namespace tincan::inline abi0 {

#if defined(__cpp_lib_jthread)
/// By which a thread's body or a loop of one's own learns that it shall end.
using StopToken = std::stop_token;
namespace detail {
using StopSource = std::stop_source;
template <class F>
using StopCallback = std::stop_callback<F>;
using NoStopState = std::nostopstate_t;
}  // namespace detail
#else
/// By which a thread's body or a loop of one's own learns that it shall end: as std::stop_token, which this
/// standard library lacks.
using StopToken = detail::OwnStopToken;
namespace detail {
using StopSource = OwnStopSource;
template <class F>
using StopCallback = OwnStopCallback<F>;
using NoStopState = OwnNoStopState;
}  // namespace detail
#endif

}  // namespace tincan::inline abi0

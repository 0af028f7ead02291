// tincan/loop/execution.hpp - endpoints as schedulers, and answers as senders, of std::execution
//
// Of the standard library, or of its reference implementation, https://github.com/NVIDIA/stdexec, where that is found.
#pragma once

#include <utility>

#include <tincan/detail/loop/answer_sender.hpp>
#include <tincan/detail/loop/scheduler.hpp>
#include <tincan/endpoint.hpp>
#include <tincan/future.hpp>

namespace tincan::inline abi0::loop {

/// A sender of the answer to a request, on the thread of an endpoint that waits for it without blocking. Sends the value,
/// what Future::get() would throw, or stopped: that withdraws the request. The endpoint stays at its place until then.
template <class R>
detail::AnswerSender<R> answer(Endpoint& at, Future<R> future) {
  return {at, std::move(future)};
}

}  // namespace tincan::inline abi0::loop

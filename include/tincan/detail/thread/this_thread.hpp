// tincan/detail/thread/this_thread.hpp - who the calling thread is, and what it runs
#pragma once

#include <tincan/detail/process/process.hpp>

namespace tincan::inline abi0::detail {

/// The calling thread's token, made on first use. Null at the very end of the thread. Throws
/// std::bad_alloc.
ThreadToken* thisToken();

/// Makes the calling thread's token, so that whoever waits for what this thread does sees for whom it
/// waits itself; without memory nobody does.
void makeTokenIfPossible() noexcept;

/// The endpoint that the thread is running, else ThreadHolder::firstEndpoint(); or null.
EndpointCore* endpointOfThread() noexcept;

/// The endpoint that the thread is running, else ThreadHolder::firstSender(); or null.
EndpointCore* senderOfThread() noexcept;

}  // namespace tincan::inline abi0::detail
